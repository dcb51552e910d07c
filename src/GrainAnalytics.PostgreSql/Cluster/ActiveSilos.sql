-- ActiveSilos: the silos that a cluster's table has as active, and how long each has given no sign of life.
--   $1 cluster id text
--   returns address text, port int, generation int, silent interval (by the database's clock).  Index: primary key
select address, port, generation, now() - iamalivetime from orleansmembershiptable where deploymentid = $1 and status = 3
