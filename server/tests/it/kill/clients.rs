//! What robots and people do while servers are killed, and what each remembers of the answers.

use std::collections::HashSet;
use std::sync::atomic::Ordering;

use super::{CHARTS, Fact, Known, Name, PUSHES_MAX, VERBS, api_path};
use crate::charts;
use crate::dice::Dice;
use crate::doors::{self, Door, digest};
use crate::http::{Line, Reply};

impl Known {
    /// One client until the server is gone or the round is over; gives the versions it had to do with.
    pub(super) fn live(&self, line: &Line, mut dice: Dice, numbers: &str) -> HashSet<Name> {
        let (mut touched, mut count) = (HashSet::new(), 0);
        while !self.stop.load(Ordering::SeqCst) {
            let done = match dice.below(10) {
                0..4 if self.pushes.fetch_add(1, Ordering::SeqCst) < PUSHES_MAX => {
                    count += 1;
                    let name = (dice.one_of(&CHARTS).to_owned(), format!("{numbers}.{count}"));
                    touched.insert(name.clone());
                    self.push(line, &mut dice, &name)
                }
                0..8 => match self.some_version(&mut dice) {
                    Some(name) => {
                        touched.insert(name.clone());
                        self.decide(line, dice.one_of(&VERBS), &name)
                    }
                    None => Some(()),
                },
                _ => self.some_version(&mut dice).map_or(Some(()), |name| self.pull(line, &name)),
            };
            if done.is_none() {
                break;
            }
        }
        touched
    }

    fn some_version(&self, dice: &mut Dice) -> Option<Name> {
        let facts = self.facts.lock().unwrap();
        if facts.is_empty() {
            return None;
        }
        facts.keys().nth(dice.below(facts.len())).cloned()
    }

    /// Pushes through a door; `None` when nobody answers any more.
    fn push(&self, line: &Line, dice: &mut Dice, name: &Name) -> Option<()> {
        let privileged = dice.below(6) == 0;
        let bytes =
            if privileged { charts::privileged(&name.0, &name.1) } else { charts::clean(&name.0, &name.1) };
        let fact = Fact { digest: digest(&bytes), privileged, ..Fact::default() };
        self.facts.lock().unwrap().insert(name.clone(), fact);
        let reply = self.through(line, dice.one_of(&doors::DOORS), name, bytes)?;
        if self.done(&reply, &[201, 202], &[]) {
            self.facts.lock().unwrap().get_mut(name).unwrap().pushed = true;
        }
        Some(())
    }

    fn through(&self, line: &Line, door: Door, name: &Name, bytes: Vec<u8>) -> Option<Reply> {
        let token = self.publisher.lock().unwrap().clone();
        let token = Some(token.as_str());
        let gzip = "application/gzip";
        match door {
            Door::Raw => line.call("POST", "/api/charts/charts", token, gzip, bytes),
            Door::Api => line.call("POST", "/api/v1/repositories/charts/charts", token, gzip, bytes),
            Door::Form => {
                let mut body =
                    b"--edge\r\nContent-Disposition: form-data; name=\"chart\"; filename=\"c.tgz\"\r\n\r\n"
                        .to_vec();
                body.extend_from_slice(&bytes);
                body.extend_from_slice(b"\r\n--edge--\r\n");
                line.call("POST", "/charts/api/charts", token, "multipart/form-data; boundary=edge", body)
            }
            Door::Oci => {
                let (chart, version) = name;
                let config = doors::config(chart, version);
                let manifest = doors::manifest(&config, &[(doors::LAYER_TYPE, &bytes)]);
                for blob in [config, bytes] {
                    let path = format!("/v2/charts/{chart}/blobs/uploads/?digest={}", digest(&blob));
                    let reply = line.call("POST", &path, token, "application/octet-stream", blob)?;
                    if reply.status != 201 {
                        return Some(reply);
                    }
                }
                let path = format!("/v2/charts/{chart}/manifests/{version}");
                line.call("PUT", &path, token, doors::MANIFEST_TYPE, manifest)
            }
        }
    }

    /// Decides on what stands there now; `None` when nobody answers any more.
    fn decide(&self, line: &Line, verb: &'static str, name: &Name) -> Option<()> {
        let path = api_path(name);
        let reply = line.call("GET", &path, Some(&self.reviewer), "", Vec::new())?;
        if !self.done(&reply, &[200], &[404]) {
            return Some(());
        }
        let status = reply.json();
        let body = serde_json::json!({
            "reason": "seen in a test",
            "digest": status["digest"],
            "policy_version": status["policy_version"],
        });
        let path = format!("{path}/{verb}");
        let body = body.to_string().into_bytes();
        let reply = line.call("POST", &path, Some(&self.reviewer), "application/json", body)?;
        if self.done(&reply, &[200], &[409]) {
            self.facts.lock().unwrap().get_mut(name).unwrap().decided.push(verb);
        }
        Some(())
    }

    /// Pulls as anybody would; what is given must hash. `None` when nobody answers any more.
    fn pull(&self, line: &Line, name: &Name) -> Option<()> {
        let path = format!("/charts/charts/{}-{}.tgz", name.0, name.1);
        let reply = line.call("GET", &path, None, "", Vec::new())?;
        if self.done(&reply, &[200], &[403, 404]) {
            let mut facts = self.facts.lock().unwrap();
            let fact = facts.get_mut(name).unwrap();
            assert_eq!(digest(&reply.bytes), fact.digest, "{name:?} was served with other bytes");
            fact.served = true;
        }
        Some(())
    }

    /// Whether it was done; refused is as good, and so is being told to come back. All else fails the test.
    pub(super) fn done(&self, reply: &Reply, done: &[u16], refused: &[u16]) -> bool {
        let put_off = matches!(reply.status, 429 | 503);
        self.put_off.fetch_add(usize::from(put_off), Ordering::SeqCst);
        let known = done.contains(&reply.status) || refused.contains(&reply.status) || put_off;
        assert!(known, "{}: {}", reply.status, String::from_utf8_lossy(&reply.bytes));
        done.contains(&reply.status)
    }
}
