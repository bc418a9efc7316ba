package pebble

import (
	"errors"
	"strings"
	"sync"

	"github.com/cockroachdb/pebble/v2/vfs"
)

var errDisk = errors.New("disk broke")

// faultyFS is a file system whose logs can be made to wait or fail.
type faultyFS struct {
	vfs.FS
	mu sync.Mutex
	// The fields below are guarded by mu.
	gate       chan struct{} // syncs wait until it is closed
	writeError error
	syncError  error

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
	file, err := f.FS.Create(name, category)
	return f.wrap(name, file), err
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
