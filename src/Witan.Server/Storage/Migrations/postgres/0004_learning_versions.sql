-- Which write of learnings changed one last, so that other nodes take in what changed and not everything. Counted here, not by the
-- program, so that what a node of an older version writes is counted too. Writes come one after the other: the number is that which
-- the kind gets when this one is committed.
ALTER TABLE learnings ADD COLUMN version bigint NOT NULL DEFAULT 0;

CREATE INDEX learnings_by_version ON learnings (version);

CREATE FUNCTION count_learning_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := coalesce((SELECT version FROM changes WHERE kind = 'learnings'), 0) + 1;
    RETURN NEW;
END
$$;

CREATE TRIGGER learnings_count_version BEFORE INSERT OR UPDATE ON learnings FOR EACH ROW EXECUTE FUNCTION count_learning_version();
