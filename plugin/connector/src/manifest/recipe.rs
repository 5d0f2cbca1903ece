//! How the host turns the stored secrets into a session: application id and secret belong to the platform, the installation
//! token to the connection, and none of the three ever reaches the connector.
use crate::contract::manifest::{Encoding, Method, Recipe};

/// The recipe of `Auth/AuthorizeByApplication`.
pub(super) fn recipe() -> Recipe {
    Recipe {
        platform_secrets: vec!["ApplicationId".to_owned(), "ApplicationSecret".to_owned()],
        method: Method::Post,
        address: "https://api.linnworks.net/api/Auth/AuthorizeByApplication".to_owned(),
        encoding: Encoding::Json,
        body: concat!(
            r#"{"ApplicationId":"{secret:ApplicationId}","#,
            r#""ApplicationSecret":"{secret:ApplicationSecret}","Token":"{setting:ApiToken}"}"#
        )
        .to_owned(),
        calls_per_minute: 150,
        token: "/Token".to_owned(),
        base: Some("/Server".to_owned()),
        account: "/Id".to_owned(),
        ready: Some(("/Status/State".to_owned(), "AVAILABLE".to_owned())),
        header_name: "Authorization".to_owned(),
        header_value: "{session}".to_owned(),
        rejected: vec![400, 401],
        expired: vec![401],
        install_address: "https://apps.linnworks.net/Authorization/Authorize/{secret:ApplicationId}".to_owned(),
    }
}
