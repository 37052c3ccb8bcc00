//! The center on PostgreSQL: a bounded pool of connections, the ledger's statements prepared once per connection.
//! Only a server on this machine is accepted until links to another are encrypted, and only one that keeps what it
//! acknowledges.

mod migrate;
mod value;

use std::fmt;
use std::time::Duration;

use deadpool_postgres::{
    Manager, ManagerConfig, Pool, RecyclingMethod, Runtime, Timeouts, Transaction,
};
use serde_json::json;
use tokio::runtime::Handle;
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Config, IsolationLevel, NoTls};
use xunyi_journal::schema::Value;
use xunyi_ledger::{Dialect, Sql, SqlError, SqlRow};

use self::value::{Param, read_row};
use super::{Access, CenterStore};
use crate::error::CenterError;
use crate::words::Code;

/// Connections at most.
const CONNECTIONS: usize = 16;

/// How long to wait for a connection before saying that the database does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sent when a connection opens: an answered commit is on disk, and nothing waits for ever.
const OPTIONS: &str = "-c synchronous_commit=on -c lock_timeout=30s -c statement_timeout=120s \
                       -c idle_in_transaction_session_timeout=120s -c client_encoding=UTF8";

/// True for an address of PostgreSQL.
pub fn is_address(text: &str) -> bool {
    text.starts_with("postgres://") || text.starts_with("postgresql://")
}

/// A center's PostgreSQL database.
pub struct PostgresStore {
    pool: Pool,
    runtime: Handle,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the address: it may hold a password.
        f.debug_struct("PostgresStore").finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects and brings the schema up to date. Blocks on `runtime`, which must outlive the store.
    ///
    /// # Errors
    /// `store.database_address`, `store.postgres_needs_tls`, `store.postgres_setting`, `store.unreachable`, and
    /// those of migrations.
    pub fn open(address: &str, runtime: Handle) -> Result<Self, CenterError> {
        let config = checked(address)?;
        let manager = ManagerConfig {
            recycling_method: RecyclingMethod::Fast,
        };
        let timeouts = Timeouts {
            wait: Some(PATIENCE),
            create: Some(PATIENCE),
            recycle: Some(PATIENCE),
        };
        let pool = Pool::builder(Manager::from_config(config, NoTls, manager))
            .max_size(CONNECTIONS)
            .timeouts(timeouts)
            .runtime(Runtime::Tokio1)
            .build()
            .map_err(|e| CenterError::Unreachable(e.to_string()))?;
        let store = Self { pool, runtime };
        store.refuse_what_forgets()?;
        store.run(Access::Write, &mut |sql| migrate::run(sql))?;
        Ok(store)
    }

    /// A server that may lose an answered commit is none for us.
    fn refuse_what_forgets(&self) -> Result<(), CenterError> {
        self.run(Access::Read, &mut |sql| {
            for (name, wanted) in [
                ("fsync", "on"),
                ("full_page_writes", "on"),
                ("synchronous_commit", "on"),
                ("server_encoding", "UTF8"),
            ] {
                let rows = sql.query("SELECT current_setting($1)", &[name.into()])?;
                let value = rows.first().map_or("", |row| row.text(0));
                if value != wanted {
                    let params = json!({ "name": name, "value": value });
                    return Err(CenterError::with(Code::PostgresSetting, params));
                }
            }
            Ok(())
        })
    }
}

impl CenterStore for PostgresStore {
    fn run(
        &self,
        access: Access,
        work: &mut dyn FnMut(&mut dyn Sql) -> Result<(), CenterError>,
    ) -> Result<(), CenterError> {
        let unreachable = |e: deadpool_postgres::PoolError| CenterError::Unreachable(e.to_string());
        let mut client = self
            .runtime
            .block_on(self.pool.get())
            .map_err(unreachable)?;
        // A reader sees one state; a writer locks what it depends on and reads after that.
        let (level, read_only) = match access {
            Access::Read => (IsolationLevel::RepeatableRead, true),
            Access::Write => (IsolationLevel::ReadCommitted, false),
        };
        let builder = client
            .build_transaction()
            .isolation_level(level)
            .read_only(read_only);
        let transaction = self.runtime.block_on(builder.start()).map_err(told)?;
        let mut open = PostgresTx {
            transaction,
            runtime: &self.runtime,
        };
        match work(&mut open) {
            Ok(()) => Ok(self
                .runtime
                .block_on(open.transaction.commit())
                .map_err(told)?),
            Err(e) => {
                if let Err(lost) = self.runtime.block_on(open.transaction.rollback()) {
                    tracing::debug!(error = %lost, "the connection was lost before its rollback");
                }
                Err(e)
            }
        }
    }
}

/// [`Sql`] on an open transaction of PostgreSQL.
struct PostgresTx<'c> {
    transaction: Transaction<'c>,
    runtime: &'c Handle,
}

impl Sql for PostgresTx<'_> {
    fn dialect(&self) -> Dialect {
        Dialect::Postgres
    }

    fn execute(&mut self, statement: &str, params: &[Value]) -> Result<u64, SqlError> {
        let params: Vec<Param<'_>> = params.iter().map(Param).collect();
        let params = borrowed(&params);
        self.runtime.block_on(async {
            let prepared = self
                .transaction
                .prepare_cached(statement)
                .await
                .map_err(told)?;
            self.transaction
                .execute(&prepared, &params)
                .await
                .map_err(told)
        })
    }

    fn query(&mut self, statement: &str, params: &[Value]) -> Result<Vec<SqlRow>, SqlError> {
        let params: Vec<Param<'_>> = params.iter().map(Param).collect();
        let params = borrowed(&params);
        let rows = self.runtime.block_on(async {
            let prepared = self
                .transaction
                .prepare_cached(statement)
                .await
                .map_err(told)?;
            self.transaction
                .query(&prepared, &params)
                .await
                .map_err(told)
        })?;
        rows.iter().map(read_row).collect()
    }
}

fn borrowed<'p>(params: &'p [Param<'p>]) -> Vec<&'p (dyn ToSql + Sync)> {
    params.iter().map(|p| p as &(dyn ToSql + Sync)).collect()
}

/// What PostgreSQL answered that was no result.
fn told(error: tokio_postgres::Error) -> SqlError {
    let Some(state) = error.code() else {
        // No answer of the server's: the connection broke, or never stood.
        return if error.is_closed()
            || std::error::Error::source(&error).is_some_and(|e| e.is::<std::io::Error>())
        {
            SqlError::Lost
        } else {
            SqlError::Other(error.to_string())
        };
    };
    // Class 57P: it is being ended, has crashed, or is not up yet.
    if state.code().starts_with("57P") || state.code().starts_with("08") {
        SqlError::Lost
    } else if *state == SqlState::T_R_SERIALIZATION_FAILURE
        || *state == SqlState::T_R_DEADLOCK_DETECTED
        || *state == SqlState::LOCK_NOT_AVAILABLE
    {
        SqlError::Retry
    } else if *state == SqlState::DISK_FULL {
        SqlError::DiskFull
    } else if *state == SqlState::READ_ONLY_SQL_TRANSACTION {
        SqlError::ReadOnly
    } else if *state == SqlState::DATA_CORRUPTED || *state == SqlState::INDEX_CORRUPTED {
        SqlError::Corrupt(state.code().to_owned())
    } else {
        // The code alone: a message may quote a row.
        SqlError::Other(format!("postgres {}", state.code()))
    }
}

/// Reads an address and refuses one that leads off this machine.
fn checked(address: &str) -> Result<Config, CenterError> {
    let mut config: Config = address
        .parse()
        .map_err(|_| CenterError::code_only(Code::DatabaseAddress))?;
    let near = |host: &Host| match host {
        Host::Tcp(name) if name == "localhost" => true,
        Host::Tcp(name) => name
            .trim_matches(['[', ']'])
            .parse::<std::net::IpAddr>()
            .is_ok_and(|ip| ip.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
        return Err(CenterError::code_only(Code::DatabaseAddress));
    }
    let all_near = config.get_hosts().iter().all(near)
        && config.get_hostaddrs().iter().all(|ip| ip.is_loopback());
    if !all_near {
        return Err(CenterError::code_only(Code::PostgresNeedsTls));
    }
    config
        .ssl_mode(SslMode::Disable)
        .application_name("xunyi-center")
        .connect_timeout(PATIENCE)
        .options(OPTIONS);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_database_on_this_machine_is_accepted() {
        for near in [
            "postgres://xunyi@127.0.0.1:5432/center",
            "postgresql://xunyi@localhost/center",
            "postgres://xunyi@[::1]:5432/center",
            "postgres:///center?host=/run/postgresql&user=xunyi",
        ] {
            assert!(is_address(near) && checked(near).is_ok(), "{near}");
        }
        for far in [
            "postgres://xunyi@10.0.0.5/center",
            "postgres://xunyi@db.example.cn/center",
            "postgres://xunyi@127.0.0.1,10.0.0.5/center",
            "postgres://xunyi@localhost/center?hostaddr=10.0.0.5",
        ] {
            assert_eq!(
                checked(far).unwrap_err().code(),
                "store.postgres_needs_tls",
                "{far}"
            );
        }
        for wrong in ["postgres://", "postgres:///center?port=x", "nonsense=1 ="] {
            assert_eq!(
                checked(wrong).unwrap_err().code(),
                "store.database_address",
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_password_in_an_address_is_in_no_error() {
        let error = checked("postgres://xunyi:geheim@db.example.cn/center").unwrap_err();
        assert!(!format!("{error} {error:?} {}", error.params()).contains("geheim"));
    }
}
