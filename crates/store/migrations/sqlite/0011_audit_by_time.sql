-- The audit log of a period, for reports.
CREATE INDEX audit_by_time ON audit (at);
