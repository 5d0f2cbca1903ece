//! One connection's component, ready to be called: its context, its capabilities, and what each call costs whom.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use harness_capability::http::rate::Priority;
use harness_capability::http::{AuthFailure, Credentials, HttpInvocation, HttpLimits, InvocationSpec, Lease, Scope};
use harness_capability::log::{InvocationLog, Speaker, TracingSink};
use harness_capability::progress::Progress;
use harness_capability::storage::{Backing, StagedStore};
use harness_contract::types::{Context, Failure, Mode};
use harness_engine::functions::Function;
use harness_engine::{Capabilities, Ended, Invocation, Invoked, ProgressSink};
use harness_wms::{Account, Connection, Lifecycle, StagedStorage};

use super::FlowError;
use super::adapters::{Committed, Http, Log, Reporter, Storage};
use crate::connection;
use crate::platform::Platform;
use crate::plugins::Loaded;
use crate::recording::session::Listener;

/// What a run needs for every call of the component.
pub struct Call<'a> {
    platform: &'a Platform,
    /// The component.
    pub plugin: Arc<Loaded>,
    /// The connection as it was when the run began.
    pub connection: Connection,
    /// What each function is given; `now` is set anew for each invocation.
    pub context: Context,
    /// How far the invocation under way is.
    pub progress: Arc<Progress>,
    flow: String,
    tenant: String,
    credentials: Credentials,
    lease: Option<Lease>,
    run: String,
    spent: Mutex<Spent>,
}

/// What all invocations of a run used together.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Spent {
    /// Calls at the source by operation, repeats included.
    pub calls: BTreeMap<String, u64>,
    /// Processor time of the component, in microseconds.
    pub cpu_us: u64,
    /// Bytes of request bodies.
    pub bytes_out: u64,
    /// Bytes of answers' bodies.
    pub bytes_in: u64,
    /// Largest memory of one invocation, in bytes.
    pub memory_bytes: u64,
    /// Invocations.
    pub invocations: u64,
    /// Exact fuel, where the engine counts it.
    pub fuel: Option<u64>,
}

/// The capabilities of one invocation, to be asked afterwards what happened.
pub struct Attempt {
    /// The way out.
    pub http: Arc<HttpInvocation>,
    staged: Arc<StagedStore>,
    generation: i64,
    /// Bytes in the store, and how many it may hold.
    room: (u64, u64),
    invocation: Invocation,
    /// Where somebody wants a recording.
    listener: Option<Listener>,
    /// `Context::now` of this invocation.
    pub context: Context,
}

impl Attempt {
    /// What the engine takes.
    pub fn invocation(&self) -> Invocation {
        self.invocation.clone()
    }
}

impl<'a> Call<'a> {
    /// Prepares calls of `flow` for `connection`.
    ///
    /// # Errors
    /// When the component cannot be loaded or a secret does not open.
    pub async fn new(
        platform: &'a Platform,
        connection: &Connection,
        flow: &str,
        mode: Mode,
    ) -> Result<Call<'a>, FlowError> {
        let plugin = platform.plugins.of(platform, connection).await?;
        let channels = platform.store.channels(connection.client_id).await?;
        let channel = channels.iter().find(|channel| channel.id == connection.channel_id);
        let credentials = Credentials {
            platform: platform.platform_secrets(&connection.plugin).await?,
            settings: connection::open(platform, connection)?.into_iter().collect(),
        };
        Ok(Self {
            platform,
            plugin,
            context: Context {
                mode,
                now: platform.now(),
                settings: connection.settings.to_string(),
                channels: channels.iter().map(|channel| channel.name.clone()).collect(),
                channel: channel.map(|channel| channel.name.clone()).unwrap_or_default(),
            },
            progress: Arc::default(),
            flow: flow.to_owned(),
            tenant: format!("client-{}", connection.client_id),
            connection: connection.clone(),
            credentials,
            lease: None,
            run: String::new(),
            spent: Mutex::default(),
        })
    }

    /// Says which run the calls belong to, until when it holds its lease, and who hears how far they are.
    #[must_use]
    pub fn within(mut self, run: i64, lease: Lease, progress: Arc<Progress>) -> Self {
        self.run = run.to_string();
        self.lease = Some(lease);
        self.progress = progress;
        self
    }

    /// The capabilities of one invocation.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin(&self) -> Result<Attempt, FlowError> {
        self.begin_in(self.context.mode).await
    }

    /// The same in a mode that may be stricter than the run's: a run that looks before it writes.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn begin_in(&self, mode: Mode) -> Result<Attempt, FlowError> {
        // Never laxer.
        let mode = if self.context.mode == Mode::Plan { Mode::Plan } else { mode };
        let (platform, limits) = (self.platform, &self.platform.config.limits);
        // Before anything is waited for, so that those that are begun together are recorded in that order.
        let listener = platform.recordings.session().map(|session| session.listen(&self.plugin, &self.context));
        let version = i64::from(self.plugin.description.storage_version);
        let namespace = platform.store.storage_namespace(self.connection.id, &self.flow, version).await?;
        let backing = Committed {
            store: platform.store.clone(),
            connection: self.connection.id,
            flow: self.flow.clone(),
            bytes: namespace.bytes,
        };
        let room = (namespace.bytes, limits.storage_bytes);
        let mut backing: Arc<dyn Backing> = Arc::new(backing);
        let mut progress: Arc<dyn ProgressSink> = Arc::new(Reporter(self.progress.clone()));
        if let Some(listener) = &listener {
            (backing, progress) = (listener.store(backing), listener.progress(progress));
        }
        let staged = Arc::new(StagedStore::new(backing, limits.storage_bytes));
        let now = platform.now();
        let account = match self.connection.account_id {
            Some(id) => platform.store.account_by_id(id).await?.map(|account| account.account),
            None => None,
        };
        let http = Arc::new(platform.http.invocation(InvocationSpec {
            scope: Scope {
                tenant: self.tenant.clone(),
                connection: self.connection.name.clone(),
                run: self.run.clone(),
            },
            table: self.plugin.table.clone(),
            credentials: self.credentials.clone(),
            account,
            mode,
            priority: priority(&self.flow),
            wait_until: now.saturating_add(i64::try_from(limits.wall_ms).unwrap_or(i64::MAX)),
            lease: self.lease.clone(),
            limits: HttpLimits { calls: limits.http_calls, bytes: limits.http_bytes, ..HttpLimits::default() },
            recorder: listener.as_ref().map(Listener::recorder),
        }));
        let speaker = Speaker {
            tenant: self.tenant.clone(),
            connection: self.connection.name.clone(),
            flow: self.flow.clone(),
            run: self.run.clone(),
        };
        let capabilities = Capabilities {
            http: Arc::new(Http(http.clone())),
            storage: Arc::new(Storage(staged.clone())),
            log: Arc::new(Log(InvocationLog::new(speaker, Arc::new(TracingSink), limits.log_bytes))),
            progress,
        };
        let invocation = Invocation { limits: limits.clone(), capabilities };
        let context = Context { now, mode, ..self.context.clone() };
        Ok(Attempt { http, staged, generation: namespace.generation, room, invocation, listener, context })
    }

    /// Calls a function of the component.
    pub async fn invoke<F: Function>(&self, attempt: &Attempt, asked: F) -> Invoked<Result<F::Returned, Failure>> {
        let invocation = attempt.invocation();
        let Some(listener) = &attempt.listener else {
            return asked.call(&self.plugin, invocation, attempt.context.clone()).await;
        };
        let arguments = serde_json::to_value(&asked).unwrap_or_default();
        let invoked = asked.call(&self.plugin, invocation, attempt.context.clone()).await;
        listener.ended::<F>(&attempt.context, arguments, &invoked.result, attempt.room, attempt.http.secrets());
        invoked
    }

    /// Accounts for an invocation and takes its result apart: the value, and what is to be committed with it.
    ///
    /// # Errors
    /// Why there is no value.
    pub fn settle<R>(
        &self,
        attempt: &Attempt,
        invoked: Invoked<Result<R, Failure>>,
    ) -> Result<(R, Option<StagedStorage>), FlowError> {
        self.account_for(attempt, &invoked);
        let returned = match invoked.result {
            Ok(returned) => returned,
            Err(ended) => return Err(FlowError::Ended(ended)),
        };
        match (returned, attempt.http.auth_failure()) {
            (Ok(value), _) => Ok((value, self.staged(attempt))),
            (Err(_), Some(failure)) => Err(failure.into()),
            (Err(failure @ Failure::Throttled(_)), None) => {
                Err(FlowError::Throttled { text: connection::say(&failure), opens: attempt.http.opens() })
            }
            // A connector that was asked to stop did.
            (Err(Failure::Cancelled), None) if self.progress.is_stopping() => Err(Ended::Stopped.into()),
            (Err(failure), None) => Err(FlowError::Failed(failure)),
        }
    }

    /// The account behind the credentials, remembered with the connection the first time.
    ///
    /// # Errors
    /// When there is no session, or the credentials belong to another account than before.
    pub async fn account(&self) -> Result<Account, FlowError> {
        let named = self.account_name().await?;
        let store = &self.platform.store;
        let account = store.account(&self.plugin.description.name, &named, self.platform.now()).await?;
        match self.connection.account_id {
            Some(id) if id == account.id => {}
            Some(_) => return Err(AuthFailure::OtherAccount.into()),
            None => {
                let mut connection = store.connection_by_id(self.connection.id).await?;
                connection.account_id = Some(account.id);
                store.update_connection(&connection, self.platform.now()).await?;
                if connection.state == Lifecycle::Active {
                    // It went live before its account was known.
                    store.adopt_orders(connection.id).await?;
                }
            }
        }
        Ok(account)
    }

    /// What the source calls the account behind the credentials; the connection's own name where sources have no accounts.
    ///
    /// # Errors
    /// Why there is no session.
    pub async fn account_name(&self) -> Result<String, FlowError> {
        let attempt = self.begin().await?;
        match attempt.http.authenticate().await {
            Ok(named) => Ok(named?.unwrap_or_else(|| self.connection.name.clone())),
            Err(ended) => Err(FlowError::Host(ended.into())),
        }
    }

    /// What was used so far.
    pub fn spent(&self) -> Spent {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn account_for<R>(&self, attempt: &Attempt, invoked: &Invoked<R>) {
        let http = attempt.http.usage();
        let mut spent = self.spent.lock().unwrap_or_else(PoisonError::into_inner);
        for (operation, calls) in http.calls {
            *spent.calls.entry(operation).or_default() += calls;
        }
        spent.bytes_out += http.bytes_out;
        spent.bytes_in += http.bytes_in;
        spent.cpu_us += invoked.usage.cpu_us;
        spent.memory_bytes = spent.memory_bytes.max(invoked.usage.memory_bytes);
        spent.invocations += 1;
        if let Some(fuel) = invoked.usage.fuel {
            spent.fuel = Some(spent.fuel.unwrap_or_default() + fuel);
        }
    }

    fn staged(&self, attempt: &Attempt) -> Option<StagedStorage> {
        let writes = attempt.staged.writes();
        if writes.is_empty() {
            return None;
        }
        let mut staged = StagedStorage {
            flow: self.flow.clone(),
            generation: attempt.generation,
            storage_version: i64::from(self.plugin.description.storage_version),
            set: Vec::new(),
            delete: Vec::new(),
            quota: self.platform.config.limits.storage_bytes,
        };
        for (key, value) in writes.0 {
            match value {
                Some(value) => staged.set.push((key, value)),
                None => staged.delete.push(key),
            }
        }
        Some(staged)
    }

    /// Which tenant pays.
    pub fn tenant(&self) -> &str {
        &self.tenant
    }
}

fn priority(flow: &str) -> Priority {
    match flow {
        "push-despatch" => Priority::Despatch,
        "review-orders" => Priority::Review,
        "import-purchase-orders" | "export-returns" => Priority::PurchaseOrdersAndReturns,
        "sync-stock" => Priority::Stock,
        // A person waits for `setup`, `why` and the like.
        _ => Priority::Import,
    }
}
