//! What an endpoint answers.

use crate::{config::Config, state::render};
use serde::Serialize;
use serde_json::json;

/// The answer of an endpoint.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A JSON body with status 200.
    Json(Vec<u8>),
    /// Nothing: 204, or 200 with an empty body.
    Void,
    /// 200 with an empty body.
    Empty,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    /// HTTP status.
    pub(crate) status: u16,
    /// `Code`: left out, null, or `-`, as the live API varies.
    pub(crate) code: Code,
    /// `Message`.
    pub(crate) message: String,
}

/// How `Code` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    Absent,
    Null,
    Dash,
}

impl ApiError {
    /// 400 with `{"Code":"-","Message":..}`, the shape of refusals by the application.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self { status: 400, code: Code::Dash, message: message.into() }
    }

    /// 400 with `{"Message":..}`, the shape of refusals by the framework.
    pub(crate) fn plain(message: impl Into<String>) -> Self {
        Self { status: 400, code: Code::Absent, message: message.into() }
    }

    /// `{"Message":"The request is invalid."}`: a parameter is missing or cannot be read.
    pub(crate) fn invalid() -> Self {
        Self::plain("The request is invalid.")
    }

    /// 401. The live body is not known; clients go by the status.
    pub(crate) fn unauthorized() -> Self {
        Self { status: 401, code: Code::Dash, message: "Token is wrong.".to_owned() }
    }

    /// The JSON body.
    pub(crate) fn body(&self) -> Vec<u8> {
        let value = match self.code {
            Code::Absent => json!({ "Message": self.message }),
            Code::Null => json!({ "Code": null, "Message": self.message }),
            Code::Dash => json!({ "Code": "-", "Message": self.message }),
        };
        value.to_string().into_bytes()
    }
}

impl Reply {
    /// A JSON answer with nulls and money as configured.
    pub(crate) fn json<T: Serialize + ?Sized>(value: &T, config: &Config) -> Result<Self, ApiError> {
        render::to_json(value, config.null_mode, config.float_noise).map(Self::Json).map_err(|error| ApiError {
            status: 500,
            code: Code::Absent,
            message: error.to_string(),
        })
    }
}
