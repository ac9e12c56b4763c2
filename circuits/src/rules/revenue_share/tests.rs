//! What `revenue-share/v1` must do, and what nobody must get past it.
