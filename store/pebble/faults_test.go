package pebble

import (
	"errors"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var errDisk = errors.New("disk broke")

// faultyFS is a file system whose logs can be made to wait or fail, and whose
// tables can be made to fail.
type faultyFS struct {
	vfs.FS
	mu sync.Mutex
	// The fields below are guarded by mu.
	gate       chan struct{} // syncs wait until it is closed
	writeError error
	syncError  error
	readError  error // of tables
	tablesLost int   // how many tables can't be created from now on

	waiting chan struct{} // told of every sync that comes to the gate
}

func newFaultyFS(fs vfs.FS) *faultyFS {
	return &faultyFS{FS: fs, waiting: make(chan struct{}, 1000)}
}

func (f *faultyFS) Unwrap() vfs.FS { return f.FS }

func (f *faultyFS) set(change func(*faultyFS)) {
	f.mu.Lock()
	defer f.mu.Unlock()
	change(f)
}

// hold makes every sync of the log wait until release is called, once or more.
func (f *faultyFS) hold() (release func()) {
	gate := make(chan struct{})
	f.set(func(f *faultyFS) { f.gate = gate })
	return sync.OnceFunc(func() {
		f.set(func(f *faultyFS) { f.gate = nil })
		close(gate)
	})
}

func (f *faultyFS) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if strings.HasSuffix(name, ".sst") && f.lose() {
		return nil, errDisk
	}
	file, err := f.FS.Create(name, category)
	return f.wrap(name, file), err
}

func (f *faultyFS) lose() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.tablesLost--
	return f.tablesLost >= 0
}

func (f *faultyFS) Open(name string, opts ...vfs.OpenOption) (vfs.File, error) {
	file, err := f.FS.Open(name, opts...)
	if err != nil || !strings.HasSuffix(name, ".sst") {
		return file, err
	}
	return &faultyTable{file, f}, nil
}

// faultyTable is a table that may be unreadable.
type faultyTable struct {
	vfs.File
	fs *faultyFS
}

func (f *faultyTable) ReadAt(p []byte, at int64) (int, error) {
	f.fs.mu.Lock()
	err := f.fs.readError
	f.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return f.File.ReadAt(p, at)
}

func (f *faultyFS) ReuseForWrite(oldname, newname string, category vfs.DiskWriteCategory) (vfs.File, error) {
	file, err := f.FS.ReuseForWrite(oldname, newname, category)
	return f.wrap(newname, file), err
}

func (f *faultyFS) wrap(name string, file vfs.File) vfs.File {
	if file == nil || !strings.HasSuffix(name, ".log") {
		return file
	}
	return &faultyFile{file, f}
}

type faultyFile struct {
	vfs.File
	fs *faultyFS
}

func (f *faultyFile) Write(p []byte) (int, error) {
	f.fs.mu.Lock()
	err := f.fs.writeError
	f.fs.mu.Unlock()
	if err != nil {
		return 0, err
	}
	return f.File.Write(p)
}

func (f *faultyFile) SyncData() error {
	f.fs.mu.Lock()
	gate, err := f.fs.gate, f.fs.syncError
	f.fs.mu.Unlock()
	if gate != nil {
		f.fs.waiting <- struct{}{}
		<-gate
		f.fs.mu.Lock()
		err = f.fs.syncError
		f.fs.mu.Unlock()
	}
	if err != nil {
		return err
	}
	return f.File.SyncData()
}
