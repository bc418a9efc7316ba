package pebble

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say how a store is opened. The zero value is fit for use.
type Options struct {
	FS  vfs.FS // nil is the machine's own
	Log *slog.Logger
	// ReadOnly refuses every change. The folder is still locked.
	ReadOnly bool
	// CacheSize is how much memory the engine may use, in bytes, for what it
	// has read and for the tables of newest records, which come first; 0 is
	// 160 MiB.
	CacheSize    int64
	MemTableSize int // bytes of one table of newest records, of up to four; 0 is 32 MiB
	// ChaptersSize is how many bytes of chapters are kept in memory for balances at
	// an instant, eight for an entry or so; 0 is 64 MiB.
	ChaptersSize int64
	ProfilesMax  int // profiles kept in memory; 0 is 65 536
	// OnFatal is told why the engine can't go on, and should not return; nil
	// ends the process. No commit is acknowledged after it was called.
	OnFatal func(string)

	chapterLines uint64 // of a folder from its beginning; 0 is chapterLines
}

const (
	cacheSize    = 160 << 20
	memTableSize = 32 << 20
	profilesMax  = 1 << 16
	chaptersSize = 64 << 20
	// format is the newest of Pebble's own that we use. It is named so that a
	// newer Pebble does not make folders that this release can't read.
	format       = pebble.FormatValueSeparation
	filterBits   = 10 // per key: one absent key in a hundred is looked for in vain
	blockSize    = 8 << 10
	indexSize    = 256 << 10 // so that a table has one index, not an index of indexes
	tableSize    = 8 << 20   // of the upper levels; each level below doubles it
	memTablesMax = 4
	// Flushed tables are merged into the first level by the half dozen. Fewer
	// at a time would have them written more often, more would have reads look
	// into more of them.
	flushesMax  = 6
	flushesStop = 36
	baseSizeMax = 64 << 20 // of that level
)

func (o Options) withDefaults() Options {
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.CacheSize <= 0 {
		o.CacheSize = cacheSize
	}
	if o.MemTableSize <= 0 {
		o.MemTableSize = memTableSize
	}
	if o.ProfilesMax <= 0 {
		o.ProfilesMax = profilesMax
	}
	if o.ChaptersSize <= 0 {
		o.ChaptersSize = chaptersSize
	}
	if o.chapterLines == 0 {
		o.chapterLines = chapterLines
	}
	if o.OnFatal == nil {
		o.OnFatal = func(string) { os.Exit(exitCode) }
	}
	return o
}

// exitCode is that of a process whose store can't go on.
const exitCode = 70

// engine returns what Pebble is told. stop is called before the process ends.
func (o Options) engine(stop func(error)) *pebble.Options {
	opts := &pebble.Options{
		FS:                          lockingFS{o.FS},
		ReadOnly:                    o.ReadOnly,
		CacheSize:                   o.CacheSize,
		FormatMajorVersion:          format,
		MemTableSize:                uint64(o.MemTableSize),
		MemTableStopWritesThreshold: memTablesMax,
		L0CompactionThreshold:       flushesMax,
		L0StopWritesThreshold:       flushesStop,
		LBaseMaxBytes:               baseSizeMax,
		CompactionConcurrencyRange:  func() (int, int) { return 1, 2 },
		Logger:                      logger{o.Log, stop, o.OnFatal},
		EventListener:               listener(o.Log),
	}
	opts.TargetFileSizes[0] = tableSize
	for i := range opts.Levels {
		l := &opts.Levels[i]
		l.BlockSize, l.IndexBlockSize = blockSize, indexSize
		l.FilterPolicy, l.FilterType = bloom.FilterPolicy(filterBits), pebble.TableFilter
		l.Compression = func() *sstable.CompressionProfile { return sstable.FastestCompression }
	}
	return opts
}

// lockingFS tells a folder that is locked from one that can't be.
type lockingFS struct{ vfs.FS }

// Lock locks a file, or says that somebody else has.
func (f lockingFS) Lock(name string) (io.Closer, error) {
	lock, err := f.FS.Lock(name)
	var path *fs.PathError
	if err == nil || errors.As(err, &path) {
		return lock, err
	}
	return nil, fmt.Errorf("folder %s is %w: %w", f.PathDir(name), ErrLocked, err)
}

// Unwrap returns what is wrapped, for Pebble.
func (f lockingFS) Unwrap() vfs.FS { return f.FS }

// logger passes on what Pebble can't go on from, and its errors.
type logger struct {
	log   *slog.Logger
	stop  func(error)
	fatal func(string)
}

// Infof drops what Pebble tells at every flush.
func (l logger) Infof(string, ...any) {}

// Errorf logs an error that Pebble goes on from.
func (l logger) Errorf(format string, args ...any) {
	l.log.Error("storage engine", "error", fmt.Sprintf(format, args...))
}

// Fatalf stops the store for good, and the process.
func (l logger) Fatalf(format string, args ...any) {
	why := fmt.Sprintf(format, args...)
	l.stop(fmt.Errorf("storage engine: %s", why))
	l.log.Error("storage engine can't go on", "error", why)
	l.fatal(why)
}

// listener logs what an operator should look into.
func listener(log *slog.Logger) *pebble.EventListener {
	tell := func(level slog.Level, message string, attributes ...slog.Attr) {
		log.LogAttrs(context.Background(), level, message, attributes...)
	}
	return &pebble.EventListener{
		BackgroundError: func(err error) {
			tell(slog.LevelError, "storage engine: flush or compaction", slog.Any("error", err))
		},
		// Who reads a damaged table is told so; others may go on.
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			tell(slog.LevelError, "storage engine: table is damaged",
				slog.String("path", i.Path), slog.Any("error", i.Details))
		},
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) {
			tell(slog.LevelWarn, "storage engine: writes wait", slog.String("reason", i.Reason))
		},
		WriteStallEnd: func() { tell(slog.LevelWarn, "storage engine: writes go on") },
		LowDiskSpace: func(i pebble.LowDiskSpaceInfo) {
			tell(slog.LevelWarn, "storage engine: disk is nearly full", slog.Uint64("free_bytes", i.AvailBytes))
		},
	}
}
