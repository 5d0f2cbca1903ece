//! Loading the description and judging exchanges by it.

use crate::binding;
use crate::document::Document;
use crate::known_differences::known_differences;
use crate::operation::{Body, Operation, operations};
use crate::schema::{Reading, compile};
use crate::violation::{Place, Violation};
use jsonschema::error::ValidationErrorKind;
use jsonschema::{ValidationError, Validator};
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::{fs, io};
use test_needs::{Need, VENDOR_FOLDER, skip, vendor_folder};

/// Why the description could not be used although it is there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SpecError {
    /// A file could not be read.
    #[error("cannot read {}: {source}; make it readable or point LINNWORKS_SPEC_DIR elsewhere", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file is not JSON.
    #[error("{} is not JSON: {source}; fetch the vendor's description again", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where it stops being JSON.
        source: serde_json::Error,
    },
}

/// What became of loading the description.
#[derive(Debug)]
pub enum Loaded {
    /// It is here.
    Present(Box<VendorSpec>),
    /// It is not, for this reason.
    Absent(String),
}

impl Loaded {
    /// The description, or nothing after telling that the calling test is skipped.
    pub fn or_skip(self) -> Option<VendorSpec> {
        match self {
            Loaded::Present(spec) => Some(*spec),
            Loaded::Absent(reason) => {
                skip(Need::VendorDescription, &reason);
                None
            }
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Compiled {
    document: usize,
    schema: String,
    reading: Reading,
}

/// The vendor's description of its API.
#[derive(Debug)]
pub struct VendorSpec {
    documents: Vec<Document>,
    operations: Vec<Operation>,
    validators: Mutex<HashMap<Compiled, Arc<Validator>>>,
}

impl VendorSpec {
    /// Reads every file of `openapi/` in the vendor's folder ([`vendor_folder`]).
    ///
    /// # Errors
    /// When a file is there and cannot be read or parsed. A missing folder is not an error but [`Loaded::Absent`].
    pub fn load() -> Result<Loaded, SpecError> {
        let folder = vendor_folder().join("openapi");
        if !folder.is_dir() {
            return Ok(Loaded::Absent(format!(
                "the vendor's API description is not at {}; set {VENDOR_FOLDER} to the folder that holds openapi/",
                folder.display()
            )));
        }
        let unreadable = |path: &PathBuf| {
            let path = path.clone();
            move |source| SpecError::Unreadable { path, source }
        };
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder).map_err(unreadable(&folder))? {
            let path = entry.map_err(unreadable(&folder))?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                files.push(path);
            }
        }
        files.sort();
        let mut spec =
            VendorSpec { documents: Vec::new(), operations: Vec::new(), validators: Mutex::new(HashMap::new()) };
        for path in files {
            let text = fs::read(&path).map_err(unreadable(&path))?;
            let root =
                serde_json::from_slice(&text).map_err(|source| SpecError::NotJson { path: path.clone(), source })?;
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let document = Document::new(name, &root);
            spec.operations.extend(operations(&document, spec.documents.len(), &root));
            spec.documents.push(document);
        }
        Ok(Loaded::Present(Box::new(spec)))
    }

    /// All described operations.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The operation at a method and path; neither is case-sensitive.
    pub fn operation(&self, method: &str, path: &str) -> Option<&Operation> {
        self.operations.iter().find(|o| o.method.eq_ignore_ascii_case(method) && same_path(&o.path, path))
    }

    /// Judges a request. `query` is the raw query string without `?`, `content_type` the header as sent, `body` the raw
    /// bytes. Known differences are left out.
    pub fn check_request(
        &self,
        method: &str,
        path: &str,
        query: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Vec<Violation> {
        let found = self.check_request_to_the_letter(method, path, query, content_type, body);
        self.without_known_differences(method, path, found)
    }

    /// Judges a request with the known differences reported too.
    pub fn check_request_to_the_letter(
        &self,
        method: &str,
        path: &str,
        query: &str,
        content_type: Option<&str>,
        body: &[u8],
    ) -> Vec<Violation> {
        let operation = match self.operation(method, path) {
            Some(operation) => operation,
            None => return vec![self.not_described(method, path)],
        };
        let mut found = self.check_query(operation, query);
        found.extend(self.check_body(operation, content_type, body));
        found
    }

    /// Judges a response: the status and the raw body. Known differences are left out. Of answers other than success
    /// the first version of the API describes nothing, so nothing is reported for them.
    pub fn check_response(&self, method: &str, path: &str, status: u16, body: &[u8]) -> Vec<Violation> {
        let found = self.check_response_to_the_letter(method, path, status, body, Reading::Response);
        self.without_known_differences(method, path, found)
    }

    /// Judges a response of something that imitates the live system: as [`VendorSpec::check_response`], but a member
    /// that the vendor does not describe is reported, because it is most likely misspelt.
    pub fn check_closed_response(&self, method: &str, path: &str, status: u16, body: &[u8]) -> Vec<Violation> {
        let found = self.check_response_to_the_letter(method, path, status, body, Reading::ClosedResponse);
        self.without_known_differences(method, path, found)
    }

    /// Judges a response with the known differences reported too.
    pub fn check_response_to_the_letter(
        &self,
        method: &str,
        path: &str,
        status: u16,
        body: &[u8],
        reading: Reading,
    ) -> Vec<Violation> {
        let operation = match self.operation(method, path) {
            Some(operation) => operation,
            None => return vec![self.not_described(method, path)],
        };
        let success = (200..300).contains(&status);
        let described = match operation.responses.get(&status) {
            Some(described) => described.as_ref(),
            None if !success => return Vec::new(),
            // Void operations answer 204 by the description and also 200 without a body in life.
            None if status == 200 && operation.responses.contains_key(&204) => None,
            None => {
                let known: Vec<String> = operation.responses.keys().map(u16::to_string).collect();
                let message = format!("{status} came, the description knows {}", known.join(", "));
                return vec![Violation::new(Place::Status, "", "status", message)];
            }
        };
        match (described, body.trim_ascii().is_empty()) {
            (None, true) => Vec::new(),
            (None, false) => {
                vec![Violation::new(Place::ResponseBody, "", "body", "a body came, the description has none")]
            }
            (Some(_), true) => {
                vec![Violation::new(Place::ResponseBody, "", "body", "no body came, the description has one")]
            }
            (Some(schema), false) => match serde_json::from_slice(body) {
                Ok(value) => self.judge(operation.document, schema, reading, Place::ResponseBody, &value),
                Err(error) => vec![not_json(Place::ResponseBody, &error)],
            },
        }
    }

    /// Judges a value by a named definition of a description file, for example `("orders.json", "OrderDetails")`.
    /// Returns `None` when there is no such definition. Known differences do not apply: they belong to operations.
    pub fn check_definition(&self, file: &str, name: &str, reading: Reading, value: &Value) -> Option<Vec<Violation>> {
        let document = self.documents.iter().position(|d| d.file == file)?;
        self.documents.get(document)?.definition(name)?;
        let place = if reading == Reading::Request { Place::RequestBody } else { Place::ResponseBody };
        let schema = serde_json::json!({ "$ref": format!("#/definitions/{name}") });
        Some(self.judge(document, &schema, reading, place, value))
    }

    fn not_described(&self, method: &str, path: &str) -> Violation {
        let others: Vec<&str> =
            self.operations.iter().filter(|o| same_path(&o.path, path)).map(|o| o.method.as_str()).collect();
        if others.is_empty() {
            let message = format!("{path} is not in the description; paths look like /api/Orders/GetOpenOrders");
            Violation::new(Place::Operation, "", "path", message)
        } else {
            let message = format!("{method} {path} is not in the description, which knows it as {}", others.join(", "));
            Violation::new(Place::Operation, "", "method", message)
        }
    }

    fn without_known_differences(&self, method: &str, path: &str, found: Vec<Violation>) -> Vec<Violation> {
        let covered = |violation: &Violation| known_differences().iter().any(|d| d.covers(method, path, violation));
        found.into_iter().filter(|violation| !covered(violation)).collect()
    }

    fn check_query(&self, operation: &Operation, query: &str) -> Vec<Violation> {
        let mut found = Vec::new();
        let mut given: Vec<(String, Vec<String>)> = Vec::new();
        for (name, text) in binding::pairs(query.as_bytes()) {
            match given.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&name)) {
                Some((_, texts)) => texts.push(text),
                None => given.push((name, vec![text])),
            }
        }
        let Some(document) = self.documents.get(operation.document) else { return found };
        for (name, texts) in &given {
            let pointer = format!("/{name}");
            let Some(parameter) = operation.query.iter().find(|p| p.name.eq_ignore_ascii_case(name)) else {
                let known: Vec<&str> = operation.query.iter().map(|p| p.name.as_str()).collect();
                let message = format!("unknown query parameter; known are: {}", known.join(", "));
                found.push(Violation::new(Place::Query, &pointer, "additionalProperties", message));
                continue;
            };
            let value = binding::repeated(texts, &parameter.schema, document);
            if value.is_null() {
                continue;
            }
            let judged = self.judge(operation.document, &parameter.schema, Reading::Request, Place::Query, &value);
            found.extend(judged.into_iter().map(|v| Violation { pointer: format!("{pointer}{}", v.pointer), ..v }));
        }
        for parameter in operation.query.iter().filter(|p| p.required) {
            if !given.iter().any(|(name, _)| parameter.name.eq_ignore_ascii_case(name)) {
                let pointer = format!("/{}", parameter.name);
                found.push(Violation::new(Place::Query, &pointer, "required", "required query parameter is missing"));
            }
        }
        found
    }

    fn check_body(&self, operation: &Operation, content_type: Option<&str>, bytes: &[u8]) -> Vec<Violation> {
        let refused = |rule: &str, message: &str| vec![Violation::new(Place::RequestBody, "", rule, message)];
        let empty = bytes.trim_ascii().is_empty();
        let Some(body) = &operation.body else {
            let nothing = empty || bytes.trim_ascii() == b"{}";
            return if nothing { Vec::new() } else { refused("body", "a body came, the description has none") };
        };
        if empty {
            return if body.required {
                refused("body", "no body came, the description requires one")
            } else {
                Vec::new()
            };
        }
        let Some(document) = self.documents.get(operation.document) else { return Vec::new() };
        let mime = content_type.and_then(|t| t.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase();
        let value = match mime.as_str() {
            "application/json" => match serde_json::from_slice(bytes) {
                Ok(value) => value,
                Err(error) => return vec![not_json(Place::RequestBody, &error)],
            },
            "application/x-www-form-urlencoded" => form(bytes, body, document),
            _ => return refused("encoding", "the content type must be application/json or a urlencoded form"),
        };
        let value = binding::spelt_as_described(value, &body.schema, document);
        self.judge(operation.document, &body.schema, Reading::Request, Place::RequestBody, &value)
    }

    fn judge(&self, document: usize, schema: &Value, reading: Reading, place: Place, value: &Value) -> Vec<Violation> {
        match self.validator(document, schema, reading) {
            Ok(validator) => validator.iter_errors(value).flat_map(|error| violations(place, &error)).collect(),
            Err(error) => {
                vec![Violation::new(place, "", "schema", format!("the vendor's schema is unusable: {error}"))]
            }
        }
    }

    fn validator(
        &self,
        document: usize,
        schema: &Value,
        reading: Reading,
    ) -> Result<Arc<Validator>, ValidationError<'static>> {
        let key = Compiled { document, schema: schema.to_string(), reading };
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(&key) {
            return Ok(Arc::clone(validator));
        }
        let empty = Document::new(String::new(), &Value::Null);
        let validator = Arc::new(compile(schema, self.documents.get(document).unwrap_or(&empty), reading)?);
        validators.insert(key, Arc::clone(&validator));
        Ok(validator)
    }
}

/// Whether a concrete path is the described one, whose segments in braces stand for any text.
fn same_path(described: &str, path: &str) -> bool {
    let (mut described, mut path) = (described.split('/'), path.split('/'));
    loop {
        match (described.next(), path.next()) {
            (None, None) => return true,
            (Some(d), Some(p)) if d.eq_ignore_ascii_case(p) || (d.starts_with('{') && !p.is_empty()) => {}
            _ => return false,
        }
    }
}

/// A form as the body that it stands for: either one field named like the body parameter with the whole object as JSON
/// text, or one field per member.
fn form(bytes: &[u8], body: &Body, document: &Document) -> Value {
    let pairs = binding::pairs(bytes);
    let resolved = document.resolve(&body.schema);
    let properties = document.properties(resolved);
    let known = |name: &str| properties.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    if let [(name, text)] = pairs.as_slice()
        && name.eq_ignore_ascii_case(&body.name)
        && known(name).is_none()
    {
        return binding::field(text, &body.schema, document);
    }
    let members: Map<String, Value> = pairs
        .iter()
        .map(|(name, text)| match known(name) {
            Some((described, schema)) => (described.clone(), binding::field(text, schema, document)),
            None => (name.clone(), Value::String(text.clone())),
        })
        .collect();
    Value::Object(members)
}

fn not_json(place: Place, error: &serde_json::Error) -> Violation {
    let message = format!("not JSON: stops at line {}, column {}", error.line(), error.column());
    Violation::new(place, "", "syntax", message)
}

/// An error in words, without the offending value; one for each unknown or missing member.
fn violations(place: Place, error: &ValidationError<'_>) -> Vec<Violation> {
    let came = match error.instance().as_ref() {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    };
    let pointer = error.instance_path().as_str();
    let rule = error.kind().keyword();
    let message = match error.kind() {
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            let unknown = |name: &String| Violation::new(place, &format!("{pointer}/{name}"), rule, "unknown member");
            return unexpected.iter().map(unknown).collect();
        }
        ValidationErrorKind::Required { property } => {
            let pointer = format!("{pointer}/{}", property.as_str().unwrap_or_default());
            return vec![Violation::new(place, &pointer, rule, "required member is missing")];
        }
        ValidationErrorKind::Format { format } => match format.as_str() {
            "guid-in" => "a string came that is no GUID".to_owned(),
            "guid-out" => "a string came that is no lower-case GUID with dashes".to_owned(),
            "instant-in" => "a string came that is no ISO date and time".to_owned(),
            _ => "a string came that is no UTC date and time ending in Z".to_owned(),
        },
        ValidationErrorKind::Enum { options } => format!("a string came that is none of {options}"),
        ValidationErrorKind::Not { .. } => "null came where a value must stand".to_owned(),
        _ => format!("{came} came: {}", error.masked()),
    };
    vec![Violation::new(place, pointer, rule, message)]
}
