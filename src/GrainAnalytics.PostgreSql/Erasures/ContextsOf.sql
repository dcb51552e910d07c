-- ContextsOf: some of a site's contexts.
--   $1 site_id integer · $2 context_id bigint[]
--   Returns what ReadContexts does.  Index: contexts_pkey
select context_id, host, referrer, source, medium, campaign, term, content, channel, screen, country, language, device, browser, os
from contexts where site_id = $1 and context_id = any ($2::bigint[])
