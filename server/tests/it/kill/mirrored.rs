//! The upstream that is mirrored while servers and workers are killed: new versions in every round, each wanted once.

use super::checks::all_is_judged;
use super::{Fact, Known, Name};
use crate::charts;
use crate::doors::digest;
use crate::http::{call, post_json};
use crate::mirror::double::Upstream;
use crate::process::Server;
use crate::stores::Place;

/// New versions of one round.
const OFFERED: usize = 4;
const CHART: &str = "mirrored";

pub(super) struct Mirrored {
    upstream: Upstream,
    admin: String,
}

impl Mirrored {
    /// Begins to mirror an upstream that has nothing yet.
    pub(super) fn follow(server: &Server) -> Mirrored {
        let upstream = Upstream::start();
        upstream.bytes("/index.yaml", "apiVersion: v1\nentries: {}\n");
        let admin = server.token("ada", "admin");
        let body = serde_json::json!({ "name": "up", "url": upstream.url(), "repository": "charts" });
        post_json(&server.url("/api/v1/upstreams"), Some(&admin), &body).expect(201);
        // The run that this begins has read the empty index; asking for one while it is open would only join it.
        all_is_judged(&server.data);
        Mirrored { upstream, admin }
    }

    /// Offers new versions, and those of the round before, and asks for a run, which is acknowledged.
    pub(super) fn offer(&self, server: &Server, known: &Known, round: usize) -> Vec<Name> {
        let mut index = format!("apiVersion: v1\nentries:\n  {CHART}:\n");
        let mut names = Vec::new();
        for (of, number) in
            (round.saturating_sub(1)..=round).flat_map(|of| (0..OFFERED).map(move |n| (of, n)))
        {
            let version = format!("{of}.{number}.0");
            let bytes = charts::clean(CHART, &version);
            let said = digest(&bytes);
            index.push_str(&format!(
                "  - name: {CHART}\n    version: {version}\n    digest: {}\n    urls: [{CHART}-{version}.tgz]\n",
                said.trim_start_matches("sha256:")
            ));
            self.upstream.bytes(&format!("/{CHART}-{version}.tgz"), bytes);
            if of == round {
                let name = (CHART.to_owned(), version);
                let fact = Fact { digest: said, ..Fact::default() };
                known.facts.lock().unwrap().insert(name.clone(), fact);
                names.push(name);
            }
        }
        self.upstream.bytes("/index.yaml", index);
        call("POST", &server.url("/api/v1/upstreams/up/runs"), Some(&self.admin), &[], "").expect(202);
        names
    }

    /// Once no job is left, what was offered must be in: an acknowledged run ends, whoever was killed in it.
    pub(super) fn has_arrived(known: &Known, names: &[Name]) {
        let mut facts = known.facts.lock().unwrap();
        for name in names {
            facts.get_mut(name).unwrap().pushed = true;
        }
    }

    /// What the mirror has on record is what is here, and nothing went wrong with any of it.
    pub(super) fn check_rows(place: &Place) {
        let not_stored = place.ask(
            "SELECT version || ' ' || state || ' ' || COALESCE(error, '') FROM upstream_version
             WHERE state <> 'stored' OR NOT EXISTS (
               SELECT 1 FROM version WHERE version.id = upstream_version.version_id
               AND version.digest = upstream_version.digest AND version.door = 'mirror')",
        );
        assert!(not_stored.is_empty(), "{not_stored:?}");
        let ended = "SELECT id || ' ' || state FROM upstream_run WHERE state <> 'done'";
        let open = place.ask(ended);
        assert!(open.is_empty(), "runs that did not end well: {open:?}");
    }
}
