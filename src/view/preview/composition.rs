//! What an application is made of in one environment and cluster: the graph of its components.

use serde::Serialize;

/// An application in one environment and cluster.
#[derive(Clone, Debug)]
pub struct Composition {
    /// The environment and cluster.
    pub target: String,
    /// The application.
    pub application: String,
    /// Its components, what others need first.
    pub components: Vec<Component>,
}

/// A component.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Component {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub type_name: String,
    /// The types of its traits, in the order in which they are applied.
    pub traits: Vec<String>,
    /// The scopes that it is in.
    pub scopes: Vec<String>,
    /// Whom it talks to.
    pub connections: Vec<Connection>,
    /// Components of the application that must be ready before it.
    pub needs: Vec<String>,
}

/// Whom a component talks to.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Connection {
    /// The application.
    pub application: String,
    /// The component.
    pub component: String,
    /// Names or numbers of ports; all if empty.
    pub ports: Vec<String>,
}
