-- Keys that tenants' programs call with; only a digest of each secret.
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    tenant TEXT NOT NULL,
    hash TEXT NOT NULL,
    comment TEXT NOT NULL,
    created BIGINT NOT NULL, -- seconds since 1970 UTC
    ends BIGINT -- seconds since 1970 UTC; none while no end is set
);

CREATE INDEX api_keys_by_tenant ON api_keys (tenant, created);
