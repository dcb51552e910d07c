-- ReadContexts: a site's contexts.
--   $1 site_id integer
--   Returns context_id and the columns in the order of their facts
select context_id, host, referrer, source, medium, campaign, term, content, channel, screen, country, language, device, browser, os
from contexts where site_id = $1
