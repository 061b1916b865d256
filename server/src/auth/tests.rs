//! Links, tokens and sessions on a real database.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use super::*;
use crate::app::App;
use crate::config::Config;
use crate::error::Kind;
use crate::model::{Action, Caller, Clock, Micros, RepositoryName, Role};
use crate::setup;

async fn first_start() -> (App, tempfile::TempDir, setup::Welcome) {
    first_start_on(crate::db::fresh::fresh()).await
}

async fn first_start_on(database: crate::config::Database) -> (App, tempfile::TempDir, setup::Welcome) {
    let folder = tempfile::tempdir().unwrap();
    let mut config = Config::new(folder.path().to_owned(), "127.0.0.1:8080".parse().unwrap());
    config.database = database;
    let app = App::open(config, Clock::fixed(Micros(1_700_000_000_000_000))).await.unwrap();
    let welcome = setup::prepare(&app).await.unwrap();
    (app, folder, welcome)
}

fn secret_of(link: &str) -> &str {
    link.split_once("link=").unwrap().1
}

#[tokio::test]
async fn a_link_signs_in_once_and_looking_at_it_does_not_use_it() {
    let (app, _folder, welcome) = first_start().await;
    let link = welcome.sign_in_link.unwrap();
    let secret = secret_of(&link);
    assert!(is_live_link(&app, secret).await.unwrap());
    let cookie = sign_in_with_link(&app, secret, "r").await.unwrap();
    let session = find_session(&app, &cookie).await.unwrap().unwrap();
    assert_eq!(session.caller.name, "admin");
    assert!(session.caller.may(Action::Administer, None));
    assert!(!is_live_link(&app, secret).await.unwrap());
    assert_eq!(sign_in_with_link(&app, secret, "r").await.unwrap_err().kind, Kind::Unauthenticated);
    sign_out(&app, &session).await.unwrap();
    assert!(find_session(&app, &cookie).await.unwrap().is_none(), "a replayed cookie is worth nothing");
}

#[tokio::test]
async fn links_sessions_and_tokens_end() {
    let (app, _folder, welcome) = first_start().await;
    let link = welcome.sign_in_link.unwrap();
    let cookie = sign_in_with_link(&app, secret_of(&link), "r").await.unwrap();
    let late = make_link(&app, "admin").await.unwrap();
    let expires = app.now().plus_seconds(60);
    let token =
        create_token(&app, &Caller::system(), "lee", Role::Reviewer, None, Some(expires)).await.unwrap();
    let credentials = Credentials::Token(token.secret);
    assert!(caller_of_token(&app, &credentials).await.is_ok());
    app.clock.advance_seconds(SIGN_IN_LINK_SECONDS);
    assert_eq!(sign_in_with_link(&app, secret_of(&late), "r").await.unwrap_err().kind, Kind::Unauthenticated);
    assert_eq!(caller_of_token(&app, &credentials).await.unwrap_err().kind, Kind::Unauthenticated);
    assert!(find_session(&app, &cookie).await.unwrap().is_some());
    app.clock.advance_seconds(SESSION_SECONDS);
    assert!(find_session(&app, &cookie).await.unwrap().is_none());
}

#[tokio::test]
async fn a_token_has_its_role_in_its_repository_and_revoking_it_ends_its_sessions() {
    let (app, _folder, welcome) = first_start().await;
    let robot = welcome.robot_token.unwrap();
    let caller = caller_of_token(&app, &Credentials::Token(robot.clone())).await.unwrap();
    assert!(caller.may(Action::Publish, Some(&welcome.repository)));
    assert!(!caller.may(Action::Publish, Some(&RepositoryName::parse("other").unwrap())));
    assert!(!caller.may(Action::Review, Some(&welcome.repository)));
    let error = create_token(&app, &caller, "eve", Role::Admin, None, None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Forbidden);

    let cookie = sign_in_with_token(&app, &robot, "r").await.unwrap();
    assert!(find_session(&app, &cookie).await.unwrap().is_some());
    let id = list_tokens(&app, &Caller::system()).await.unwrap()[0].id.clone();
    revoke_token(&app, &Caller::system(), &id).await.unwrap();
    assert!(find_session(&app, &cookie).await.unwrap().is_none());
    let error = caller_of_token(&app, &Credentials::Token(robot)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unauthenticated);
}

#[tokio::test]
async fn no_secret_is_in_the_database_or_the_log() {
    use crate::db::Ask as _;
    let (app, folder, welcome) = first_start_on(crate::config::Database::File).await;
    let secrets = [welcome.robot_token.unwrap(), secret_of(&welcome.sign_in_link.unwrap()).to_owned()];
    app.db.read().query("SELECT COUNT(*) FROM audit_entry").one::<(i64,)>().await.unwrap();
    app.db.close().await;
    let bytes = std::fs::read(folder.path().join("chartgate.db")).unwrap();
    for secret in secrets {
        assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()));
    }
}

#[tokio::test]
async fn a_second_start_makes_nothing_new() {
    let (app, _folder, _) = first_start().await;
    let again = setup::prepare(&app).await.unwrap();
    assert!(again.sign_in_link.is_none() && again.robot_token.is_none());
}

#[test]
fn accounts_cannot_have_names_that_stand_for_nobody() {
    for bad in ["", "anonymous", "chartgate", "a b", "a\n", "ä", &"x".repeat(65)] {
        assert!(check_account_name(bad).is_err(), "{bad:?}");
    }
    assert!(check_account_name("lee@example.com").is_ok());
}
