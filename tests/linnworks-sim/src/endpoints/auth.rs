//! Login. Apart from the other endpoints because it works without a session and on all accounts.

use crate::{
    http::{
        params::Params,
        reply::{ApiError, Code},
        throttle::Key,
    },
    world::World,
};
use serde_json::{Value, json};
use uuid::Uuid;

/// The login's path.
pub(crate) const AUTHORIZE: &str = "Auth/AuthorizeByApplication";
/// Subscription of an application's user; answers null, as for a user without one.
pub(crate) const PROFILE: &str = "Auth/GetApplicationProfileBySecretKey";
/// Logins a minute.
pub(crate) const LIMIT: u32 = 150;

/// Opens a session (1.1). Wrong credentials are 400 unless configured otherwise.
pub(crate) fn authorize(world: &mut World, params: &Params) -> Result<Value, ApiError> {
    let now = world.now();
    let application_id = params.need_guid("ApplicationId")?;
    let secret = params.need_guid("ApplicationSecret")?;
    let token = params.need_guid("Token")?;
    if world.config.throttle {
        let key = Key { application: application_id, account: token, endpoint: AUTHORIZE };
        let limit = world.config.limits.get("auth/authorizebyapplication").copied().unwrap_or(LIMIT);
        // The gateway writes the answer; it needs the seconds to wait.
        world.throttle.count(key, limit, now).map_err(|left| ApiError {
            status: 429,
            code: Code::Absent,
            message: left.to_string(),
        })?;
    }
    let found = world.accounts.iter().enumerate().find_map(|(at, account)| {
        let known = account.applications.iter().find(|known| {
            known.application_id == application_id && known.application_secret == secret && known.token == token
        })?;
        Some((at, known.clone()))
    });
    let Some((at, application)) = found else {
        return Err(ApiError {
            status: world.config.bad_credentials_status,
            code: Code::Dash,
            message: "Token is wrong.".to_owned(),
        });
    };
    let session = world.sessions.open(at, application, now, world.config.single_session);
    let server = world.config.server.clone().unwrap_or_else(|| world.base_url.clone());
    let Some(account) = world.accounts.get(at) else { return Err(ApiError::invalid()) };
    Ok(json!({
        "Id": account.id,
        "EntityId": account.id,
        "UserId": account.id,
        "FullName": account.name,
        "Company": account.name,
        "DatabaseName": "simulated",
        "DatabaseServer": null,
        "PrivateDatabaseServer": null,
        "DatabaseUser": null,
        "DatabasePassword": null,
        "AppName": "Simulated application",
        "sid_registration": Uuid::nil(),
        "UserName": account.email,
        "Email": account.email,
        "Md5Hash": "",
        "Locality": account.locality,
        "SuperAdmin": true,
        "TTL": world.config.ttl,
        "Token": session,
        "AccessToken": null,
        "GroupName": "",
        "Device": "ByApplication",
        "DeviceType": "ByApplication",
        "UserType": "Application",
        "IsAccountHolder": true,
        "Status": { "State": account.status.state, "Reason": account.status.reason, "Parameters": {} },
        "Properties": {},
        "Server": server,
        "PushServer": server,
    }))
}
