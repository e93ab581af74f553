//! The inspector: a page for people who would rather look than read. Its files are built from `web/` and lie in the program.

use axum::{
    Router,
    http::{HeaderName, HeaderValue, header},
    middleware::map_response,
    response::Response,
};
use memory_serve::CacheControl;

/// The page loads nothing from elsewhere, and no other page can hold it.
const HEADERS: [(HeaderName, &str); 3] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'self'; img-src 'self' blob: data:; style-src 'self' 'unsafe-inline'; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
];

/// The page at `/`, and the files that it asks for. Its scripts call the gateway by gRPC-Web.
pub fn page() -> Router {
    memory_serve::load!()
        // A new version of the page is seen at once; the build names all other files by what is in them.
        .html_cache_control(CacheControl::NoCache)
        .cache_control(CacheControl::Long)
        .into_router()
        .layer(map_response(async |mut response: Response| {
            for (name, value) in HEADERS {
                response.headers_mut().insert(name, HeaderValue::from_static(value));
            }
            response
        }))
}
