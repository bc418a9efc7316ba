package main

import (
	"os"

	"github.com/saldo-pix/saldo/server"
)

// reconcileMBMax bounds what a file may be said to have, in mebibytes.
const reconcileMBMax = 1 << 20

// readReconcile checks what is said of the files that are reconciled.
func (c *config) readReconcile(p *problems) server.Reconcile {
	if c.ReconcileMB < 0 || c.ReconcileMB > reconcileMBMax {
		p.add("reconcile_mb %d: write a number of mebibytes between 1 and %d", c.ReconcileMB, reconcileMBMax)
	}
	if c.ReconcileDir != "" {
		if about, err := os.Stat(c.ReconcileDir); err != nil || !about.IsDir() {
			p.add("reconcile_dir %q is not a folder", c.ReconcileDir)
		}
	}
	return server.Reconcile{Dir: c.ReconcileDir, FileMax: int64(c.ReconcileMB) << 20}
}
