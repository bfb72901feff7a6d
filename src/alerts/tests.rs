//! One warehouse, its manager Li, above him Chen, above her Zhao; a storm three days off.

mod fixture;
mod life;
mod owed;
mod pace;
