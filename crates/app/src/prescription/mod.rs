//! `formulary.search`: the site's products with what is on hand here.

mod formulary;

pub(crate) use formulary::search;
