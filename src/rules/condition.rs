//! One CEL expression of a rule or playbook: compiled and checked once, evaluated often, never panicking.
//!
//! CEL 0.15 has neither cost nor time limit and its parser wants stack, so what is compiled is bounded
//! here: 2,000 bytes of source, [`super::grammar`]'s depth and macro nesting, a thread of its own for parsing.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use cel::objects::{Key, Value};
use cel::{Context, Env, Program};

use super::facts::{FACTS, FactValue, Facts};
use super::grammar;
use super::scope::Scope;
use crate::domain::{Fault, Place};

/// The longest source in bytes: no shipped condition has a tenth of it.
const SOURCE_MAX: usize = 2_000;

/// One environment for all: building it takes far longer than an evaluation.
static ENV: LazyLock<Arc<Env>> = LazyLock::new(|| Arc::new(Env::stdlib()));

/// What an expression must give.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// True or false.
    Flag,
    /// A number.
    Number,
}

/// Something wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The character of the expression at which it is wrong, from 0.
    pub at: usize,
    /// What is wrong.
    pub what: String,
    /// How to mend it, when we know.
    pub hint: Option<String>,
}

/// A compiled expression.
#[derive(Clone)]
pub struct Condition {
    body: Body,
    place: Place,
    names: BTreeSet<&'static str>,
    asked: BTreeSet<&'static str>,
}

#[derive(Clone)]
enum Body {
    Number(f64),
    Program(Arc<Program>),
}

/// The facts of one exposure as CEL wants them. Make one an exposure, use it for every condition.
pub struct FactContext(Context<'static, 'static>);

impl Condition {
    /// Compiles and checks an expression that stands at `place`.
    ///
    /// Runs on the caller's stack: have 8 MB of it ([`super::with_deep_stack`]).
    pub fn compile(source: &str, wanted: Wanted, scope: &Scope, place: Place) -> Result<Self, Vec<Mistake>> {
        if source.len() > SOURCE_MAX {
            let what = format!("the condition has {} bytes, the limit is {SOURCE_MAX}", source.len());
            return Err(vec![Mistake { at: 0, what, hint: Some("split it over two rules".to_owned()) }]);
        }
        let program = parse(source)?;
        let found = grammar::check(&program, source, wanted, scope);
        if found.mistakes.is_empty() {
            Ok(Self { body: Body::Program(Arc::new(program)), place, names: found.names, asked: found.asked })
        } else {
            Err(found.mistakes)
        }
    }

    /// An expression that is one number.
    pub fn constant(number: f64) -> Self {
        Self { body: Body::Number(number), place: Place::default(), names: BTreeSet::new(), asked: BTreeSet::new() }
    }

    /// The facts that it names.
    pub fn names(&self) -> &BTreeSet<&'static str> {
        &self.names
    }

    /// The facts that it asks `has(…)` of.
    pub fn asked(&self) -> &BTreeSet<&'static str> {
        &self.asked
    }

    /// True or false.
    ///
    /// # Errors
    /// When it cannot be evaluated, or gives something else.
    pub fn flag(&self, facts: &FactContext) -> Result<bool, Fault> {
        match self.run(facts)? {
            Value::Bool(flag) => Ok(flag),
            other => Err(self.fault(format!("gave {} where true or false was wanted", other.type_of()))),
        }
    }

    /// A finite number.
    ///
    /// # Errors
    /// When it cannot be evaluated, or gives something else.
    pub fn number(&self, facts: &FactContext) -> Result<f64, Fault> {
        self.as_number(&self.run(facts)?)
    }

    /// A finite number, or `None` for CEL's `null`: not known.
    ///
    /// # Errors
    /// When it cannot be evaluated, or gives something else.
    pub fn optional_number(&self, facts: &FactContext) -> Result<Option<f64>, Fault> {
        match self.run(facts)? {
            Value::Null => Ok(None),
            other => self.as_number(&other).map(Some),
        }
    }

    fn as_number(&self, value: &Value) -> Result<f64, Fault> {
        match value {
            Value::Float(number) if number.is_finite() => Ok(*number),
            // Amounts are hours, shares and money: far below 2^52.
            Value::Int(number) => Ok(*number as f64),
            other => Err(self.fault(format!("gave {} where a number was wanted", other.type_of()))),
        }
    }

    fn run(&self, facts: &FactContext) -> Result<Value, Fault> {
        let program = match &self.body {
            Body::Number(number) => return Ok(Value::Float(*number)),
            Body::Program(program) => program,
        };
        // The crate is not ours; a panic in it must cost one condition, not the turn.
        match catch_unwind(AssertUnwindSafe(|| program.execute(&facts.0))) {
            Ok(result) => result.map_err(|error| self.fault(format!("the condition failed: {error}"))),
            Err(_panic) => Err(self.fault("the condition could not be evaluated".to_owned())),
        }
    }

    fn fault(&self, what: String) -> Fault {
        Fault::minor(self.place.clone(), what)
    }
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condition").field("place", &self.place).field("names", &self.names).finish_non_exhaustive()
    }
}

impl FactContext {
    /// These facts under their groups, `exposure`, `site` …; a group without known facts is an empty map, so that
    /// `has(site.coast_m)` is false, not an error.
    pub fn of(facts: &Facts) -> Self {
        let mut groups: BTreeMap<&str, HashMap<Key, Value>> = BTreeMap::new();
        for name in FACTS.iter().map(|row| row.name) {
            let Some((group, fact)) = name.split_once('.') else { continue };
            let group = groups.entry(group).or_default();
            if let Some(value) = facts.0.get(name) {
                group.insert(Key::from(fact), cel_value(value));
            }
        }
        let mut context = Context::with_env(Arc::clone(&ENV));
        for (group, facts) in groups {
            context.add_variable_from_value(group, facts);
        }
        Self(context)
    }
}

fn cel_value(value: &FactValue) -> Value {
    match value {
        FactValue::Number(number) => Value::Float(*number),
        FactValue::Text(text) => Value::from(text.as_str()),
        FactValue::Flag(flag) => Value::Bool(*flag),
    }
}

fn parse(source: &str) -> Result<Program, Vec<Mistake>> {
    let Ok(parsed) = catch_unwind(AssertUnwindSafe(|| ENV.compile(source))) else {
        return Err(vec![Mistake { at: 0, what: "the expression cannot be read".to_owned(), hint: None }]);
    };
    parsed.map_err(|errors| {
        let mistake = |error: &cel::ParseError| Mistake {
            at: at_line_column(source, error.pos),
            what: format!("not CEL: {}", error.msg.lines().next().unwrap_or_default()),
            hint: None,
        };
        errors.errors.iter().map(mistake).collect()
    })
}

/// The character (from 0) at a line (from 1) and column (from 1) of the source.
fn at_line_column(source: &str, (line, column): (isize, isize)) -> usize {
    let line = usize::try_from(line - 1).unwrap_or_default();
    let before: usize = source.split_inclusive('\n').take(line).map(|text| text.chars().count()).sum();
    (before + usize::try_from(column - 1).unwrap_or_default()).min(source.chars().count().saturating_sub(1))
}
