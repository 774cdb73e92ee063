//! What a unit is made of, for those who look at its graph.

use crate::cli::pipeline::View;
use crate::output::split_unit;
use crate::view::preview::{Component, Composition, Connection};

/// The graph of a unit; what is made for all units has none.
pub(super) fn composition(view: &View<'_>) -> Option<Composition> {
    view.namespace()?;
    let unit = view.unit();
    let (target, application) = split_unit(&view.directory);
    let components = unit.components.iter().enumerate().map(|(index, component)| {
        let connections = component.connections.iter().map(|connection| Connection {
            application: connection.application.to_string(),
            component: connection.component.to_string(),
            ports: connection.ports.iter().map(|port| port.value.to_string()).collect(),
        });
        let scopes = unit.scopes.iter().filter(|scope| scope.members.contains(&index)).map(|scope| scope.name.value.to_string());
        Component {
            name: component.name.value.to_string(),
            type_name: component.definition.name.to_string(),
            traits: component.traits.iter().map(|used| used.definition.name.to_string()).collect(),
            scopes: scopes.collect(),
            connections: connections.collect(),
            needs: component.depends_on.iter().map(|name| name.value.to_string()).collect(),
        }
    });
    Some(Composition { target: target.to_owned(), application: application.to_owned(), components: components.collect() })
}
