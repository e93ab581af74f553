-- What tenants own. Every statement here runs on SQLite and on PostgreSQL.
-- Revisions never change: rows of scenario_revisions are only ever added.
CREATE TABLE scenario_revisions (
    tenant TEXT NOT NULL,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL,
    author TEXT NOT NULL,
    comment TEXT NOT NULL,
    created BIGINT NOT NULL, -- seconds since 1970 UTC
    profile TEXT NOT NULL, -- JSON
    PRIMARY KEY (tenant, name, revision)
);

CREATE TABLE measurements (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    prompt TEXT NOT NULL,
    score TEXT NOT NULL, -- JSON
    expires BIGINT NOT NULL, -- seconds since 1970 UTC; the largest number while a preference speaks of it
    PRIMARY KEY (tenant, id)
);

CREATE INDEX measurements_by_expiry ON measurements (expires);

CREATE TABLE preferences (
    tenant TEXT NOT NULL,
    scenario TEXT NOT NULL,
    id TEXT NOT NULL,
    a TEXT NOT NULL,
    b TEXT NOT NULL,
    preferred TEXT NOT NULL, -- a, b or tie
    rater TEXT NOT NULL,
    weight DOUBLE PRECISION NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (tenant, scenario, id)
);
