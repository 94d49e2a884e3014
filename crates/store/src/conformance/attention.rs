//! What needs a person.

use super::Backend;
use super::given::at;
use crate::attention::{Attention, Taken};

/// Since when a check holds is kept from the first time on, who takes it is kept over it, and both outlive the process.
pub async fn what_needs_a_person_lasts(backend: &dyn Backend) {
    let store = backend.open().await;
    assert_eq!(store.attentions().await.unwrap(), []);
    store.open_attention("silent", at(1)).await.unwrap();
    store.open_attention("silent", at(5)).await.unwrap();
    store.open_attention("refusing", at(2)).await.unwrap();
    let mut silent = Attention {
        id: "silent".to_owned(),
        since: at(1),
        taken: Some(Taken {
            by: "Mina".to_owned(),
            at: at(3),
        }),
    };
    let refusing = Attention {
        id: "refusing".to_owned(),
        since: at(2),
        taken: None,
    };
    store.put_attention(&silent, None).await.unwrap();
    store.close().await;

    let store = backend.open().await;
    assert_eq!(
        store.attentions().await.unwrap(),
        [refusing.clone(), silent.clone()]
    );
    silent.taken = None;
    store.put_attention(&silent, None).await.unwrap();
    store.close_attention("refusing").await.unwrap();
    store.close_attention("unknown").await.unwrap();
    assert_eq!(store.attentions().await.unwrap(), [silent]);
    store.put_attention(&refusing, None).await.unwrap();
    assert_eq!(store.attentions().await.unwrap().len(), 2);
}
