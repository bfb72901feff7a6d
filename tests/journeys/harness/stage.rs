//! A folder of its own for each story: configuration, portfolio, store, logs, mails. It goes when the story went
//! well, and stays, named, when it did not.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::sink::Secrecy;
use super::{Feeds, Sink};

const PEOPLE: &str = "\
id,name,email,role,reports_to,language,time_zone,quiet,visit
li-wei,Li Wei,li.wei@example.com,account-manager,chen,en,Asia/Shanghai,,
wang-fang,王芳,wang.fang@example.com,account-manager,chen,zh-CN,Asia/Shanghai,,
chen,Chen Jing,chen.jing@example.com,regional-manager,,en,Asia/Shanghai,,
ops,Operations,ops@example.com,operator,,en,UTC,,
";

const DEALERS: &str = "\
id,name,tier,manager,language,time_zone
D-TZ,Harbour Trading (Taizhou),A,li-wei,zh-CN,Asia/Shanghai
D-WZ,River Hardware (Wenzhou),A,wang-fang,zh-CN,Asia/Shanghai
";

const SITES: &str = "\
id,dealer,name,kind,lat,lon,coast_m,elevation_m,stock_value,currency,insured,handling_h,handling_cost,shelter_site,from,to
TZ-01,D-TZ,Seawall warehouse,warehouse,28.66,121.45,40,3,600000,CNY,uninsurable,14,10000,TZ-02,,
TZ-02,D-TZ,Inland depot,warehouse,29.14,121.03,48000,60,0,CNY,yes,,,,,
WZ-01,D-WZ,River warehouse,warehouse,27.93,120.81,1200,4,900000,CNY,yes,18,16000,,,
";

/// A feed as the configuration names it.
pub(crate) struct FeedLine {
    /// Its id.
    pub(crate) id: &'static str,
    /// Its path on the feeds' server.
    pub(crate) path: &'static str,
    /// `format`, when it is not to be recognised.
    pub(crate) format: Option<&'static str>,
    /// More lines, such as `timeout = "1s"`.
    pub(crate) more: &'static str,
}

/// A story's folder.
pub(crate) struct Stage {
    dir: PathBuf,
}

impl Stage {
    /// An empty folder with a portfolio.
    pub(crate) fn new(story: &str) -> Self {
        let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("journey-{story}-{}", std::process::id()));
        if dir.exists() {
            fs::remove_dir_all(&dir).expect("the folder of an earlier run can be removed");
        }
        let stage = Self { dir };
        stage.write("portfolio/people.csv", PEOPLE);
        stage.write("portfolio/dealers.csv", DEALERS);
        stage.write("portfolio/sites.csv", SITES);
        stage
    }

    /// A path within it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// A folder within it, made when it is not there.
    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).expect("a folder can be made");
        path
    }

    /// Writes a file within it.
    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap_or(&self.dir)).expect("a folder can be made");
        fs::write(&path, text).expect("a file can be written");
        path
    }

    /// The configuration of a daemon that asks these feeds, keeps its store in `data`, and mails through the sink.
    pub(crate) fn config(&self, name: &str, data: &str, feeds: &Feeds, lines: &[FeedLine], sink: &Sink) -> PathBuf {
        let mut text = format!(
            "data_dir = \"{data}\"\nportfolio = \"portfolio\"\ncontact = \"ops@example.com\"\n\
             base_url = \"http://seawall.test\"\nlisten = \"127.0.0.1:0\"\ntick = \"50ms\"\n{}",
            self.smtp(sink)
        );
        for FeedLine { id, path, format, more } in lines {
            let url = feeds.url(path);
            let format = format.map(|format| format!("format = \"{format}\"\n")).unwrap_or_default();
            // On a busy machine a feed may be late by more than three of these cadences; who tells of silence says when.
            let silence = if more.contains("silence_after") { "" } else { "silence_after = \"1h\"\n" };
            write!(
                text,
                "[[feed]]\nid = \"{id}\"\nurl = \"{url}\"\n{format}agency = \"jtwc\"\ncadence = \"40ms\"\n\
                 near_cadence = \"40ms\"\nallow_http = true\n{silence}{more}\n"
            )
            .expect("a string takes all");
        }
        self.write(name, &text)
    }

    fn smtp(&self, sink: &Sink) -> String {
        let (tls, more) = match sink.tls() {
            Secrecy::None => ("none", String::new()),
            Secrecy::StartTls => ("starttls", format!("extra_ca_file = \"{}\"\n", self.path("ca/ca.pem").display())),
            Secrecy::Implicit => ("implicit", format!("extra_ca_file = \"{}\"\n", self.path("ca/ca.pem").display())),
        };
        let login = sink.login().map(|(user, password)| format!("user = \"{user}\"\npassword = \"{password}\"\n"));
        format!(
            "[smtp]\nhost = \"localhost\"\nport = {}\ntls = \"{tls}\"\ntimeout = \"20s\"\n\
             from = \"Seawall <seawall@example.com>\"\n{more}{}\n",
            sink.port(),
            login.unwrap_or_default()
        )
    }
}

impl AsRef<Path> for Stage {
    fn as_ref(&self) -> &Path {
        &self.dir
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the stage of this story is left in {}", self.dir.display());
        } else if let Err(error) = fs::remove_dir_all(&self.dir) {
            eprintln!("{}: {error}", self.dir.display());
        }
    }
}
