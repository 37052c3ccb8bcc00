//! Real servers, real databases and real processes, without a window.
