//! The shipped demo formulary (`data/formulary.json`), as the table that the model describes.

use xunyi_model::{Product, Table};

use crate::TownshipError;

/// The file as shipped: this is what a demo center stores and its devices take along.
pub const FORMULARY_JSON: &str = include_str!("../../../data/formulary.json");

/// The demo formulary: 120 generics, unsigned.
pub fn formulary() -> Result<Table<Vec<Product>>, TownshipError> {
    serde_json::from_str(FORMULARY_JSON).map_err(TownshipError::Formulary)
}

/// The product with this name on the box.
pub(crate) fn named<'a>(
    products: &'a [Product],
    name: &'static str,
) -> Result<&'a Product, TownshipError> {
    products
        .iter()
        .find(|product| product.generic_zh == name)
        .ok_or(TownshipError::NoProduct(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;
    use xunyi_model::SignOff;

    #[test]
    fn it_has_120_products_that_are_told_apart_and_is_unsigned() {
        let table = formulary().unwrap();
        assert_eq!(table.body.len(), 120);
        assert_eq!(table.sign_off, SignOff::Unsigned);
        let ids: HashSet<_> = table.body.iter().map(|product| product.id).collect();
        let labels: HashSet<_> = table
            .body
            .iter()
            .map(|p| (&p.generic_zh, &p.strength))
            .collect();
        assert_eq!((ids.len(), labels.len()), (120, 120));
        assert!(!ids.iter().any(xunyi_model::ProductId::is_nil));
    }

    #[test]
    fn every_product_is_complete_and_its_route_known() {
        for product in formulary().unwrap().body {
            let complete = !product.strength.is_empty()
                && !product.form.is_empty()
                && !product.base_unit.is_empty()
                && !product.pack_unit.is_empty()
                && product.pack_size > 0
                && product.generic_en.is_some();
            assert!(complete, "{}", product.generic_zh);
            assert!(product.route.is_known(), "{}", product.generic_zh);
            let atc_shaped = product
                .atc
                .as_deref()
                .is_none_or(|atc| matches!(atc.len(), 5 | 7));
            assert!(atc_shaped, "{}", product.generic_zh);
        }
    }

    #[test]
    fn only_class_2_psychotropics_are_controlled_and_all_are_on_prescription() {
        let controlled: Vec<_> = formulary()
            .unwrap()
            .body
            .into_iter()
            .filter(|p| p.controlled)
            .collect();
        assert_eq!(
            controlled
                .iter()
                .map(|p| p.generic_zh.as_str())
                .collect::<Vec<_>>(),
            ["艾司唑仑片"]
        );
        assert!(controlled.iter().all(|p| p.prescription_only));
    }
}
