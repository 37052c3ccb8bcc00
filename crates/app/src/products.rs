//! Products as the site's formulary has them, and those it lacks as somebody described them.

use crate::{AppError, Ctx};
use xunyi_model::{Product, ProductRef, text};

/// What is counted is called in at most so many characters.
const UNIT_MAX: usize = 20;

impl Ctx<'_, '_> {
    /// A reference as it is recorded: name and unit of the formulary's product, or those given for one that the
    /// formulary lacks.
    ///
    /// # Errors
    /// `text.empty`, `text.too_long`, `text.character`.
    pub(crate) fn product_ref(&self, given: &ProductRef) -> Result<ProductRef, AppError> {
        if let Some(product) = given
            .id
            .as_ref()
            .and_then(|id| self.knowledge.formulary.get(id))
        {
            return Ok(ProductRef::from(product));
        }
        Ok(ProductRef {
            id: given.id,
            name: text::required("product", &given.name, text::LINE_MAX)?,
            unit: text::line("unit", &given.unit, UNIT_MAX)?,
        })
    }

    /// The product of a reference; one that the formulary lacks has its name and unit and nothing else.
    pub(crate) fn product(&self, of: &ProductRef) -> Product {
        let known = of
            .id
            .as_ref()
            .and_then(|id| self.knowledge.formulary.get(id));
        known.cloned().unwrap_or_else(|| Product {
            id: of.id.unwrap_or_default(),
            generic_zh: of.name.clone(),
            base_unit: of.unit.clone(),
            ..Product::default()
        })
    }

    /// True when the formulary has it.
    pub(crate) fn in_formulary(&self, of: &ProductRef) -> bool {
        of.id
            .as_ref()
            .is_some_and(|id| self.knowledge.formulary.get(id).is_some())
    }
}
