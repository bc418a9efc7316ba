package server

import "github.com/saldo-pix/saldo/reconcile"

// Reconcile says how files of others are taken in.
type Reconcile struct {
	// Dir is where they are while they are worked on; empty is the system's folder for
	// temporary files.
	Dir string
	// FileMax is how large one may be, in bytes; 0 is the default.
	FileMax int64
}

// plugReconciliations makes what matches statements of others.
func (s *Server) plugReconciliations() {
	s.Matching = reconcile.NewDesk(reconcile.DeskOptions{
		Book: s.Book, Reader: s.Store, Dir: s.Reconcile.Dir, FileMax: s.Reconcile.FileMax, Now: s.Now, Log: s.Log,
	})
}
