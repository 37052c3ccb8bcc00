//! `formulary.search`: the site's products with what is on hand here.

use crate::api::prescription::{FormularyHits, FormularySearch, ProductHit};
use crate::stock::units_here;
use crate::{AppError, Ctx};
use xunyi_model::{Product, ProductRef};

/// Products listed at most.
const HITS: usize = 20;
/// Characters of a query that count.
const QUERY_MAX: usize = 64;

/// The products that fit, best first; the head of the formulary while nothing is typed.
pub(crate) fn search(
    ctx: &mut Ctx<'_, '_>,
    input: FormularySearch,
) -> Result<FormularyHits, AppError> {
    let knowledge = ctx.knowledge;
    let query: String = input.query.trim().chars().take(QUERY_MAX).collect();
    let found: Vec<&Product> = if query.is_empty() {
        knowledge.formulary.products().take(HITS).collect()
    } else {
        knowledge.formulary.search(&query, HITS)
    };
    let mut hits = Vec::with_capacity(found.len());
    for product in found {
        hits.push(ProductHit {
            on_hand: units_here(ctx, &ProductRef::from(product))?,
            product: product.clone(),
        });
    }
    Ok(FormularyHits {
        hits,
        version: knowledge.formulary_version.clone(),
        sign_off: knowledge.formulary_sign_off.clone(),
    })
}
