//! Chromium under chromedriver on a port of the system's choice, with axe-core. It ends only what it started.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use thirtyfour::prelude::*;

/// Rules that a page is checked against.
const AXE_TAGS: &str = "['wcag2a','wcag2aa','wcag21a','wcag21aa','wcag22aa','best-practice']";

/// One browser window.
pub struct Browser {
    pub driver: WebDriver,
    process: Child,
}

/// Where the tools are, or one loud line and `None`; with `CI=true` their absence is a failure.
pub fn tools() -> Option<String> {
    let axe = std::env::var("CHARTGATE_AXE").ok().and_then(|path| std::fs::read_to_string(path).ok());
    let found = |program: &str| {
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status()
    };
    match axe {
        Some(axe) if found("chromedriver").is_ok() && found("chromium").is_ok() => Some(axe),
        _ => {
            let what = "!! MISSING: Chromium, chromedriver or axe-core (CHARTGATE_AXE); ./test browser installs them";
            assert!(std::env::var("CI").as_deref() != Ok("true"), "{what}");
            // Past the test harness, which would keep the line to itself.
            let _ = writeln!(std::io::stderr(), "{what}");
            None
        }
    }
}

impl Browser {
    /// Opens a window, with script on or off.
    pub async fn open(script: bool) -> Browser {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts");
        let output = process.stdout.take().expect("chromedriver's output is a pipe");
        let port = BufReader::new(output)
            .lines()
            .map_while(Result::ok)
            .find_map(|line| {
                line.split("successfully on port ").nth(1).map(|rest| rest.trim_end_matches('.').to_owned())
            })
            .expect("chromedriver says its port");
        let mut wanted = DesiredCapabilities::chrome();
        for argument in
            ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]
        {
            wanted.add_arg(argument).expect("a plain argument");
        }
        if !script {
            let off = serde_json::json!({ "profile.managed_default_content_settings.javascript": 2 });
            wanted.add_experimental_option("prefs", off).expect("plain preferences");
        }
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.expect("a session");
        let browser = Browser { driver, process };
        browser.resize(1280, 900).await;
        browser
    }

    pub async fn resize(&self, width: u32, height: u32) {
        self.driver.set_window_rect(0, 0, width, height).await.expect("a window can be resized");
    }

    pub async fn goto(&self, url: &str) {
        self.driver.goto(url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
    }

    /// The one element for a CSS selector.
    pub async fn one(&self, css: &str) -> WebElement {
        match self.driver.find(By::Css(css)).await {
            Ok(element) => element,
            Err(error) => panic!("no {css} on {}: {error}\n{}", self.path().await, self.text().await),
        }
    }

    /// Presses what leads to another page, and waits until the old one is gone.
    pub async fn click(&self, css: &str) {
        let element = self.one(css).await;
        self.leave_by(element, css).await;
    }

    /// Follows the link with exactly this text.
    pub async fn follow(&self, text: &str) {
        match self.driver.find(By::LinkText(text)).await {
            Ok(link) => self.leave_by(link, text).await,
            Err(error) => panic!("no link {text}: {error}\n{}", self.text().await),
        }
    }

    async fn leave_by(&self, element: WebElement, what: &str) {
        let old = self.one("html").await;
        element.click().await.unwrap_or_else(|error| panic!("{what}: {error}"));
        for _ in 0..200 {
            if old.tag_name().await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("pressing {what} led nowhere from {}:\n{}", self.path().await, self.text().await);
    }

    pub async fn fill(&self, css: &str, text: &str) {
        let field = self.one(css).await;
        field.send_keys(text).await.unwrap_or_else(|error| panic!("{css}: {error}"));
    }

    /// Visible text of the page.
    pub async fn text(&self) -> String {
        match self.driver.find(By::Css("body")).await {
            Ok(body) => body.text().await.unwrap_or_default(),
            Err(_) => String::new(),
        }
    }

    pub async fn path(&self) -> String {
        self.driver.current_url().await.map(|url| url.path().to_owned()).unwrap_or_default()
    }

    pub async fn expect(&self, text: &str) {
        let page = self.text().await;
        assert!(page.contains(text), "{} does not say {text:?}:\n{page}", self.path().await);
    }

    /// Loads the page again until it says `text`; scans take a moment.
    pub async fn wait_for(&self, text: &str) {
        for _ in 0..120 {
            if self.text().await.contains(text) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
            self.driver.refresh().await.expect("a page can be loaded again");
        }
        panic!("{} never said {text:?}:\n{}", self.path().await, self.text().await);
    }

    /// Checks the page that is open: no violation, and nothing wider than the window.
    pub async fn check_accessibility(&self, axe: &str, what: &str) {
        let run = format!(
            "const done = arguments[arguments.length - 1];
             axe.run(document, {{runOnly: {AXE_TAGS}}}).then(
               (r) => done(r.violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html).join(' | '))),
               (e) => done(['axe failed: ' + e]));"
        );
        self.driver.execute(axe, Vec::new()).await.expect("axe loads");
        let found: Vec<String> =
            self.driver.execute_async(run, Vec::new()).await.expect("axe runs").convert().expect("a list");
        assert!(found.is_empty(), "{what}: {found:#?}");
        let wide: bool = self
            .driver
            .execute("return document.documentElement.scrollWidth > innerWidth", Vec::new())
            .await
            .expect("a page has a width")
            .convert()
            .expect("a truth value");
        assert!(!wide, "{what} scrolls sideways");
    }

    /// Keeps a picture of the window in `folder`.
    pub async fn picture(&self, folder: &Path, name: &str) {
        std::fs::create_dir_all(folder).expect("the folder of pictures can be made");
        self.driver.screenshot(&folder.join(format!("{name}.png"))).await.expect("a picture");
    }

    pub async fn close(mut self) {
        let _ = self.driver.clone().quit().await;
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Drop for Browser {
    /// A failed test must not leave a driver behind.
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
