-- A site's time zone may change, see docs/adr/0017-time-zones.md. sites.time_zone is an IANA name, or several: "UTC until 2026-04-10T00:00:00.000Z, Asia/Kolkata".

-- What a write says of a site whose events it counts by local hours and days: the zone that it used. Until the write ends the zone stays. An error says that it is
-- another one by now. A statement of a volatile function sees what was committed before that statement began: also what the lock was waited for.
create function write_in_zone(site integer, zones text) returns boolean language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock_shared(1718579302, site);
  if exists (select from sites s where s.site_id = site and s.time_zone <> zones) then
    raise exception 'The time zone of site % is another one by now.', site using errcode = 'GA001';
  end if;
  return true;
end
$$;
