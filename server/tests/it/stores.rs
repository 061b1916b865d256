//! Where a server of the tests keeps everything: a folder, and, as the run asks, a PostgreSQL database and an S3 bucket.
//! `CHARTGATE_TEST_DATABASE=sqlite|postgres` and `CHARTGATE_TEST_STORE=folder|s3` decide for tests that have no wish.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::Connection as _;

use crate::postgres;
use crate::process::chartgate;
use crate::s3::S3;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Database {
    Sqlite,
    Postgres,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Store {
    Folder,
    S3,
}

/// One server's belongings. Its folder goes with it.
pub struct Place {
    folder: tempfile::TempDir,
    /// What every `chartgate` command that uses this place must be told.
    environment: Vec<(String, String)>,
    /// Where its objects are in the shared store, when they are not in the folder.
    prefix: Option<String>,
}

/// What the run asks for.
pub fn asked() -> (Database, Store) {
    let database = match std::env::var("CHARTGATE_TEST_DATABASE").as_deref() {
        Ok("postgres") => Database::Postgres,
        Ok("sqlite") | Err(_) => Database::Sqlite,
        Ok(other) => panic!("CHARTGATE_TEST_DATABASE is {other}; it can be sqlite or postgres"),
    };
    let store = match std::env::var("CHARTGATE_TEST_STORE").as_deref() {
        Ok("s3") => Store::S3,
        Ok("folder") | Err(_) => Store::Folder,
        Ok(other) => panic!("CHARTGATE_TEST_STORE is {other}; it can be folder or s3"),
    };
    (database, store)
}

/// The store that the tests of this process share, each below a prefix of its own.
fn shared_s3() -> &'static S3 {
    static SHARED: OnceLock<S3> = OnceLock::new();
    SHARED.get_or_init(S3::start)
}

impl Place {
    /// An empty one of the kind that the run asks for.
    pub fn fresh() -> Place {
        let (database, store) = asked();
        Place::of(database, store).expect("the run asks for PostgreSQL, which is missing")
    }

    /// An empty one of this kind; `None`, said loudly, when a program for it is missing.
    pub fn of(database: Database, store: Store) -> Option<Place> {
        let folder = tempfile::tempdir().unwrap();
        let mut place = Place { folder, environment: Vec::new(), prefix: None };
        if database == Database::Postgres {
            place.set("CHARTGATE_DATABASE", &postgres::shared()?.database());
            // Otherwise a server on PostgreSQL leaves the jobs to workers.
            place.set("CHARTGATE_WORKERS", "1");
        }
        if store == Store::S3 {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let prefix = format!("p{}", COUNT.fetch_add(1, Ordering::Relaxed));
            for (name, value) in shared_s3().env_below(&prefix) {
                place.set(&name, &value);
            }
            place.prefix = Some(prefix);
        }
        Some(place)
    }

    /// A place for another replica: the same database and bucket, a folder of its own.
    pub fn beside(&self) -> Place {
        let folder = tempfile::tempdir().unwrap();
        Place { folder, environment: self.environment.clone(), prefix: self.prefix.clone() }
    }

    /// Tells every command on this place one more thing.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.retain(|(known, _)| known != name);
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// A folder for files of the test.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What `--data` names.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// `chartgate` on this place.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.later(arguments)()
    }

    /// Makes the same command again and again, also after a server has taken the place over.
    pub fn later(&self, arguments: &[&str]) -> Box<dyn Fn() -> Command + Send> {
        let (data, environment) = (self.data_dir(), self.environment.clone());
        let arguments: Vec<String> = arguments.iter().map(|&text| text.to_owned()).collect();
        Box::new(move || {
            let mut command = chartgate();
            command.args(&arguments).env("CHARTGATE_DATA", &data);
            command.envs(environment.iter().map(|(name, value)| (name, value)));
            command
        })
    }

    /// Runs `chartgate` on this place to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Runs `chartgate` on this place, which must succeed; gives what it printed, trimmed.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The files of all objects: blobs, and parts of uploads under way.
    pub fn stored_files(&self) -> Vec<PathBuf> {
        if let Some(prefix) = &self.prefix {
            return shared_s3().objects(prefix);
        }
        let (mut files, mut folders) = (Vec::new(), vec![self.data_dir().join("blobs")]);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { files.push(path) }
            }
        }
        files.sort();
        files
    }

    /// Asks the database itself. The statement gives one column of text and runs on either database.
    pub fn ask(&self, sql: &'static str) -> Vec<String> {
        let rows: Vec<(String,)> = self.on_database(
            async |on| sqlx::query_as(sql).fetch_all(on).await.unwrap(),
            async |on| sqlx::query_as(sql).fetch_all(on).await.unwrap(),
        );
        rows.into_iter().map(|(text,)| text).collect()
    }

    /// Another place with the same rows, to be spoilt. No server may run on this one.
    pub fn copy_of_database(&self) -> Place {
        let mut copy = self.beside();
        match self.database_url() {
            Some(url) => {
                let template = url.rsplit('/').next().unwrap();
                copy.set("CHARTGATE_DATABASE", &postgres::shared().unwrap().copy(template));
            }
            None => {
                std::fs::create_dir(copy.data_dir()).unwrap();
                for entry in std::fs::read_dir(self.data_dir()).unwrap() {
                    let path = entry.unwrap().path();
                    if path.is_file() {
                        std::fs::copy(&path, copy.data_dir().join(path.file_name().unwrap())).unwrap();
                    }
                }
            }
        }
        copy
    }

    /// Runs a statement as somebody with all rights could, the guards of the table taken away first.
    pub fn tamper(&self, table: &str, statement: &'static str) {
        let drop = |name: &str| sqlx::AssertSqlSafe(format!("DROP TRIGGER {name}"));
        let drop_on = |name: &str| sqlx::AssertSqlSafe(format!("DROP TRIGGER {name} ON {table}"));
        let changed = self.on_database(
            async |on| {
                let list = "SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = $1";
                let found: Vec<(String,)> = sqlx::query_as(list).bind(table).fetch_all(&mut *on).await.unwrap();
                for (name,) in found {
                    sqlx::query(drop(&name)).execute(&mut *on).await.unwrap();
                }
                sqlx::query(statement).execute(on).await.unwrap().rows_affected()
            },
            async |on| {
                let list = "SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgrelid::regclass::text = $1";
                let found: Vec<(String,)> = sqlx::query_as(list).bind(table).fetch_all(&mut *on).await.unwrap();
                for (name,) in found {
                    sqlx::query(drop_on(&name)).execute(&mut *on).await.unwrap();
                }
                sqlx::query(statement).execute(on).await.unwrap().rows_affected()
            },
        );
        assert!(changed > 0, "{statement} changed nothing");
    }

    /// The URL of the PostgreSQL database, when it is one.
    pub fn database_url(&self) -> Option<&str> {
        let found = self.environment.iter().find(|(name, _)| name == "CHARTGATE_DATABASE");
        found.map(|(_, url)| url.as_str())
    }

    /// Opens the database, whichever it is, for the one or the other.
    fn on_database<T>(
        &self,
        sqlite: impl AsyncFnOnce(&mut sqlx::SqliteConnection) -> T,
        postgres: impl AsyncFnOnce(&mut sqlx::PgConnection) -> T,
    ) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            if let Some(url) = self.database_url() {
                let mut on = sqlx::PgConnection::connect(url).await.unwrap();
                let answer = postgres(&mut on).await;
                on.close().await.unwrap();
                return answer;
            }
            let url = format!("sqlite://{}", self.data_dir().join("chartgate.db").display());
            let mut on = sqlx::SqliteConnection::connect(&url).await.unwrap();
            let answer = sqlite(&mut on).await;
            on.close().await.unwrap();
            answer
        })
    }
}
