-- MoveKeptFrom: says that events before an instant are about to be removed; under the site's locks of repairs and folds, so that no recount or rebuild is in the middle of
-- them. It never goes back: what is removed does not return when more is kept.
--   $1 site_id integer · $2 timestamptz
--   Returns kept_from timestamptz
update sites set kept_from = greatest(kept_from, $2) where site_id = $1 returning kept_from
