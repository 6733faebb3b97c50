-- +goose Up
-- create "checkpoints" table
CREATE TABLE `checkpoints` (`id` integer NOT NULL PRIMARY KEY AUTOINCREMENT, `jurisdiction` text NOT NULL, `size` integer NOT NULL, `note` text NOT NULL, `cosignatures` text NOT NULL DEFAULT (''), `signed_at` datetime NOT NULL);
-- What was signed stays as it was signed; only cosignatures come to it. A speed bump, like those of the entries.
-- +goose StatementBegin
CREATE TRIGGER checkpoints_keep BEFORE UPDATE ON checkpoints WHEN NEW.id <> OLD.id OR NEW.size <> OLD.size OR NEW.note <> OLD.note BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER checkpoints_stay BEFORE DELETE ON checkpoints BEGIN SELECT RAISE(ABORT, 'checkpoints are append-only'); END;
-- +goose StatementEnd
