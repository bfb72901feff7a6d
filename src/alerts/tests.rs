//! One warehouse, its manager Li, above him Chen, above her Zhao; a storm three days off.

mod bundle;
mod fixture;
mod hush;
mod life;
mod overtaken;
mod owed;
mod pace;
mod reach;
mod stand_in;
