// Package local is the embedded default: a private PostgreSQL and a private Redis
// as children of this process, below one data directory, for a single node that
// nobody had to configure.
//
//	data directory (0700)
//	├── lock      held by flock while a process uses the directory
//	├── pg/       0700, owned by the children's user
//	│   ├── data/          the cluster; made in data.new/ and renamed when complete
//	│   ├── postgres.log   of this run; .1 of the one before; initdb.log of the first
//	│   └── .s.PGSQL.5432  socket: there is no TCP port
//	└── redis/    redis.sock, redis.log; nothing is kept: Redis holds copies only
//
// Life of a child:
//
//	absent --start--> starting --ready--> running --Stop--> ended
//	                     \-- ends or ctx over --> error with its last words
//	running -- our process dies, even by kill -9 --> ended by the kernel (Pdeathsig)
//
// The sockets stand in 0700 directories, so the file system says who may connect,
// and PostgreSQL trusts who gets there. fsync stays on: an acknowledged write
// survives the machine. There is no second node and no backup; the banner says so.
//
// Root is not a user PostgreSQL runs as: children of root run as postgres or
// nobody (see user.go).
package local
