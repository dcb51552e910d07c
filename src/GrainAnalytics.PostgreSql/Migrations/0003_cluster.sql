-- What Orleans' AdoNet providers need (Microsoft.Orleans.Clustering.AdoNet and .Persistence.AdoNet 10.4): they take the text
-- of every statement from the table orleansquery, by fixed keys, and bind fixed parameter names; result columns are read by
-- name. A statement that reports success returns one row with one integer, 1 or 0. Names and keys are theirs, the rest is
-- ours: single statements instead of stored functions, each atomic by itself.

create table orleansquery (
  querykey  varchar(64) primary key,
  querytext varchar(8000) not null
);

-- One row a cluster; every change of its members adds 1 to the version, and only a writer that knows the last one may.
create table orleansmembershipversiontable (
  deploymentid varchar(150) primary key,
  timestamp    timestamptz(3) not null default now(),
  version      integer not null default 0
);

-- One row a silo and start of it. status: 3 is active, 6 is dead (SiloStatus).
create table orleansmembershiptable (
  deploymentid varchar(150) not null references orleansmembershipversiontable,
  address      varchar(45) not null,
  port         integer not null,
  generation   integer not null,
  siloname     varchar(150) not null,
  hostname     varchar(150) not null,
  status       integer not null,
  proxyport    integer,
  suspecttimes varchar(8000),
  starttime    timestamptz(3) not null,
  iamalivetime timestamptz(3) not null,
  primary key (deploymentid, address, port, generation)
);

-- State of the framework's own grains (who is subscribed to a stream); no event and no count is ever here.
create table orleansstorage (
  grainidhash            integer not null,
  grainidn0              bigint not null,
  grainidn1              bigint not null,
  graintypehash          integer not null,
  graintypestring        varchar(512) not null,
  grainidextensionstring varchar(512),
  serviceid              varchar(150) not null,
  payloadbinary          bytea,
  modifiedon             timestamp not null,
  version                integer
);
-- The providers look a state up by its hashes and compare the rest; the expression makes two first writes collide.
create unique index orleansstorage_state on orleansstorage
  (grainidhash, graintypehash, grainidn0, grainidn1, serviceid, graintypestring, coalesce(grainidextensionstring, ''));

insert into orleansquery (querykey, querytext) values
('InsertMembershipVersionKey', '
  with made as (
    insert into orleansmembershipversiontable (deploymentid) values (@DeploymentId) on conflict do nothing returning 1)
  select count(*)::integer from made'),

('InsertMembershipKey', '
  with bumped as (
    update orleansmembershipversiontable set timestamp = now(), version = version + 1
    where deploymentid = @DeploymentId and version = @Version
      and not exists (select from orleansmembershiptable
        where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
    returning 1),
  made as (
    insert into orleansmembershiptable (deploymentid, address, port, generation, siloname, hostname, status, proxyport, starttime, iamalivetime)
    select @DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime from bumped
    returning 1)
  select count(*)::integer from made'),

('UpdateMembershipKey', '
  with bumped as (
    update orleansmembershipversiontable set timestamp = now(), version = version + 1
    where deploymentid = @DeploymentId and version = @Version
      and exists (select from orleansmembershiptable
        where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation)
    returning 1),
  changed as (
    update orleansmembershiptable set status = @Status, suspecttimes = @SuspectTimes, iamalivetime = @IAmAliveTime
    where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation
      and exists (select from bumped)
    returning 1)
  select count(*)::integer from changed'),

('UpdateIAmAlivetimeKey', '
  update orleansmembershiptable set iamalivetime = @IAmAliveTime
  where deploymentid = @DeploymentId and address = @Address and port = @Port and generation = @Generation'),

('MembershipReadRowKey', '
  select v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes,
    m.starttime, m.iamalivetime, v.version
  from orleansmembershipversiontable v
  left join orleansmembershiptable m on m.deploymentid = v.deploymentid
    and m.address = @Address and m.port = @Port and m.generation = @Generation
  where v.deploymentid = @DeploymentId'),

('MembershipReadAllKey', '
  select v.deploymentid, m.address, m.port, m.generation, m.siloname, m.hostname, m.status, m.proxyport, m.suspecttimes,
    m.starttime, m.iamalivetime, v.version
  from orleansmembershipversiontable v
  left join orleansmembershiptable m on m.deploymentid = v.deploymentid
  where v.deploymentid = @DeploymentId'),

('DeleteMembershipTableEntriesKey', '
  with emptied as (delete from orleansmembershiptable where deploymentid = @DeploymentId)
  delete from orleansmembershipversiontable where deploymentid = @DeploymentId'),

('CleanupDefunctSiloEntriesKey', '
  delete from orleansmembershiptable where deploymentid = @DeploymentId and iamalivetime < @IAmAliveTime and status <> 3'),

('GatewaysQueryKey', '
  select address, proxyport, generation from orleansmembershiptable
  where deploymentid = @DeploymentId and status = @Status and proxyport > 0'),

('ReadFromStorageKey', '
  select payloadbinary, now() at time zone ''utc'', version from orleansstorage
  where grainidhash = @GrainIdHash and graintypehash = @GrainTypeHash and grainidn0 = @GrainIdN0 and grainidn1 = @GrainIdN1
    and graintypestring = @GrainTypeString and serviceid = @ServiceId
    and coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''')'),

-- The version comes back unchanged (null for a first write) when somebody else wrote in between.
('WriteToStorageKey', '
  with changed as (
    update orleansstorage set payloadbinary = @PayloadBinary, modifiedon = now() at time zone ''utc'', version = version + 1
    where grainidhash = @GrainIdHash and graintypehash = @GrainTypeHash and grainidn0 = @GrainIdN0 and grainidn1 = @GrainIdN1
      and graintypestring = @GrainTypeString and serviceid = @ServiceId
      and coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''') and version = @GrainStateVersion
    returning version),
  made as (
    insert into orleansstorage (grainidhash, grainidn0, grainidn1, graintypehash, graintypestring, grainidextensionstring,
      serviceid, payloadbinary, modifiedon, version)
    select @GrainIdHash, @GrainIdN0, @GrainIdN1, @GrainTypeHash, @GrainTypeString, @GrainIdExtensionString,
      @ServiceId, @PayloadBinary, now() at time zone ''utc'', 1
    where @GrainStateVersion::integer is null
    on conflict do nothing
    returning version)
  select coalesce((select version from changed), (select version from made), @GrainStateVersion::integer) as newgrainstateversion'),

('ClearStorageKey', '
  update orleansstorage set payloadbinary = null, modifiedon = now() at time zone ''utc'', version = version + 1
  where grainidhash = @GrainIdHash and graintypehash = @GrainTypeHash and grainidn0 = @GrainIdN0 and grainidn1 = @GrainIdN1
    and graintypestring = @GrainTypeString and serviceid = @ServiceId
    and coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''') and version = @GrainStateVersion
  returning version as newgrainstateversion'),

('DeleteStorageKey', '
  delete from orleansstorage
  where grainidhash = @GrainIdHash and graintypehash = @GrainTypeHash and grainidn0 = @GrainIdN0 and grainidn1 = @GrainIdN1
    and graintypestring = @GrainTypeString and serviceid = @ServiceId
    and coalesce(grainidextensionstring, '''') = coalesce(@GrainIdExtensionString, '''') and version = @GrainStateVersion
  returning version + 1 as newgrainstateversion');
