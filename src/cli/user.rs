//! `seawall user`: who may use the page and the API.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use super::ack::is_known;
use super::{Outcome, Style, print_json, run, say};
use crate::daemon::SystemClock;
use crate::domain::{Clock as _, PersonId};
use crate::web::{Scope, UserRole, Users, UsersError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
    /// The daemon's configuration
    #[arg(long, default_value = run::CONFIG, value_name = "FILE", global = true)]
    config: PathBuf,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Add a user; the password is the first line of standard input, or there is none, with --oidc
    Add {
        /// The name to log in with
        name: String,
        /// What the user may do
        #[arg(long, value_parser = role)]
        role: UserRole,
        /// Who of people.csv it is: whose dealers an account manager sees, who signs, whose word an answer is
        #[arg(long, value_name = "PERSON")]
        person: Option<String>,
        /// Without a password: only the configured OpenID provider may say that it is this user, by the claim that NAME is
        #[arg(long)]
        oidc: bool,
    },
    /// List the users
    List {
        /// How to print them
        #[arg(long, value_enum, default_value_t = Style::Text)]
        format: Style,
    },
    /// Remove a user, with all tokens
    Remove {
        /// The name
        name: String,
    },
    /// Make a token for a program; it is printed once and cannot be read again
    Token {
        /// Whose it is
        name: String,
        /// How far it goes: read, answer or admin
        #[arg(long, value_parser = scope, default_value = "read")]
        scope: Scope,
    },
}

fn role(text: &str) -> Result<UserRole, String> {
    let known = UserRole::ALL.map(UserRole::as_str).join(", ");
    UserRole::parse(text).ok_or_else(|| format!("one of {known}"))
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| "one of read, answer, admin".to_owned())
}

pub(super) fn run(args: &Args) -> anyhow::Result<Outcome> {
    let Some(config) = run::config(&args.config) else { return Ok(Outcome::Unusable) };
    let done = Users::of(&config.data_dir).and_then(|users| match &args.command {
        Command::Add { name, role, person, oidc } => {
            if let Some(person) = person
                && !is_known(&config, person)
            {
                return Ok(Outcome::Unusable);
            }
            let person = person.as_ref().map(PersonId::new);
            if *oidc {
                users.add_by_provider(name, *role, person)?;
                if config.oidc.is_none() {
                    say(&format!(
                        "warning: nobody can come in by a provider yet\nhint: add the table [oidc] to {}",
                        args.config.display()
                    ));
                }
            } else {
                users.add(name, *role, person, &password())?;
            }
            say(&format!("added {name}, {}", role.as_str()));
            Ok(Outcome::Done)
        }
        Command::List { format } => {
            list(&users, *format)?;
            Ok(Outcome::Done)
        }
        Command::Remove { name } => {
            users.remove(name)?;
            say(&format!("removed {name}"));
            Ok(Outcome::Done)
        }
        Command::Token { name, scope } => {
            let token = users.token(name, *scope, SystemClock.now())?;
            print(&token);
            Ok(Outcome::Done)
        }
    });
    done.or_else(|error| {
        say(&format!("error: {error}"));
        Ok(if matches!(error, UsersError::File { .. }) { Outcome::Failed } else { Outcome::Unusable })
    })
}

/// The first line of standard input.
fn password() -> String {
    if io::stdin().is_terminal() {
        say("password (12 characters or more; it is seen as you type it):");
    }
    let mut line = String::new();
    // What cannot be read is an empty password, and refused as one.
    io::stdin().lock().read_line(&mut line).unwrap_or_default();
    line.trim_end_matches(['\r', '\n']).to_owned()
}

fn list(users: &Users, format: Style) -> Result<(), UsersError> {
    for (name, role, person, tokens, has_password) in users.list()? {
        let person = person.map(|id| id.to_string());
        match format {
            Style::Json => {
                let user = serde_json::json!({
                    "name": name, "role": role, "person": person, "tokens": tokens, "oidc": !has_password,
                });
                print_json(&user).unwrap_or_default();
            }
            Style::Text => {
                let person = person.unwrap_or_else(|| "-".to_owned());
                let way = if has_password { "" } else { "  by the provider alone" };
                print(&format!("{name}  {}  {person}  {tokens} tokens{way}", role.as_str()));
            }
        }
    }
    Ok(())
}

/// A closed standard output is nobody's loss.
fn print(line: &str) {
    writeln!(io::stdout(), "{line}").unwrap_or_default();
}
