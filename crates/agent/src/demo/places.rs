//! Where the demonstration fleet stands: regions, their sites and carriers.

use crate::model::Position;

/// A region with the carrier that serves it.
pub(super) struct Region {
    pub(super) name: &'static str,
    pub(super) carrier: &'static str,
    pub(super) sites: &'static [Site],
}

/// A site of a region.
pub(super) struct Site {
    pub(super) name: &'static str,
    pub(super) position: Position,
}

const fn site(name: &'static str, lat: f64, lon: f64) -> Site {
    Site {
        name,
        position: Position { lat, lon },
    }
}

/// The regions with their shares of the fleet.
pub(super) const REGIONS: &[(Region, f64)] = &[
    (
        Region {
            name: "Jutland",
            carrier: "TDC",
            sites: &[
                site("Aarhus-Nord", 56.190, 10.192),
                site("Esbjerg", 55.476, 8.459),
                site("Viborg-Øst", 56.453, 9.421),
                site("Aalborg", 57.048, 9.922),
            ],
        },
        0.145,
    ),
    (
        Region {
            name: "Scania",
            carrier: "Telia",
            sites: &[
                site("Malmö-Fosie", 55.573, 13.031),
                site("Lund-Norra", 55.722, 13.190),
                site("Kristianstad", 56.029, 14.157),
            ],
        },
        0.094,
    ),
    (
        Region {
            name: "Holstein",
            carrier: "Telekom",
            sites: &[
                site("Neumünster", 54.073, 9.984),
                site("Flensburg", 54.783, 9.436),
                site("Kiel-Gaarden", 54.309, 10.148),
                site("Itzehoe", 53.925, 9.516),
            ],
        },
        0.168,
    ),
    (
        Region {
            name: "Frisia",
            carrier: "KPN",
            sites: &[
                site("Leeuwarden", 53.201, 5.799),
                site("Sneek", 53.032, 5.659),
                site("Drachten", 53.112, 6.099),
            ],
        },
        0.086,
    ),
    (
        Region {
            name: "Brabant",
            carrier: "KPN",
            sites: &[
                site("Breda-West", 51.589, 4.742),
                site("Eindhoven-Woensel", 51.467, 5.472),
                site("Tilburg-Noord", 51.588, 5.064),
                site("Den Bosch-Zuid", 51.679, 5.303),
            ],
        },
        0.199,
    ),
    (
        Region {
            name: "Flanders",
            carrier: "Proximus",
            sites: &[
                site("Gent-Zuid", 51.036, 3.728),
                site("Brugge", 51.209, 3.224),
                site("Kortrijk", 50.828, 3.265),
            ],
        },
        0.129,
    ),
    (
        Region {
            name: "Picardy",
            carrier: "Orange",
            sites: &[
                site("Amiens", 49.894, 2.296),
                site("Abbeville", 50.106, 1.833),
                site("Saint-Quentin", 49.847, 3.287),
                site("Beauvais", 49.430, 2.081),
            ],
        },
        0.101,
    ),
    (
        Region {
            name: "Normandy",
            carrier: "Orange",
            sites: &[
                site("Rouen", 49.443, 1.099),
                site("Caen-Est", 49.182, -0.352),
                site("Le Havre", 49.494, 0.108),
            ],
        },
        0.078,
    ),
];
