package pebble

import (
	"errors"
	"fmt"

	"github.com/cockroachdb/pebble/v2"
)

// layoutVersion is the version of how keys and records are laid out in a
// folder. A release reads its own and older ones, and raises these to its own.
// The second has side records, and records that end with a text which few have.
const layoutVersion = 2

// layoutName opens the record that says that a folder holds books.
const layoutName = "saldo"

// load checks what the folder is and reads what is kept in memory.
func (s *Store) load() error {
	if err := s.checkLayout(); err != nil {
		return err
	}
	last, ok, err := get(s.db, keyLastID, (*decoder).uint)
	if err != nil {
		return err
	}
	if ok {
		s.writer.lastID = last
		s.lastID.Store(last)
	}
	if err := s.loadAccounts(); err != nil {
		return err
	}
	if err := s.loadHolds(); err != nil {
		return err
	}
	return s.loadJobs()
}

// checkLayout reads the version of the layout, and writes it in a new folder.
func (s *Store) checkLayout() error {
	data, closer, err := s.db.Get(keyFormat)
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return s.writeLayout()
	case err != nil:
		return fmt.Errorf("read layout: %w", err)
	}
	defer closer.Close()
	name, version, ok := readLayout(data)
	switch {
	case !ok || name != layoutName:
		return ErrNotBooks
	case version > layoutVersion:
		return fmt.Errorf("%w: layout %d, this one knows %d", ErrNewer, version, layoutVersion)
	case version < layoutVersion && !s.opts.ReadOnly:
		return s.setLayout()
	}
	return nil
}

func appendLayout(b []byte, version uint64) []byte {
	return appendUint(appendText(b, layoutName), version)
}

func readLayout(data []byte) (name string, version uint64, ok bool) {
	d := decoder{data: data}
	name, version = d.string(), d.uint()
	return name, version, !d.bad
}

func (s *Store) writeLayout() error {
	it, err := s.db.NewIter(nil)
	if err != nil {
		return fmt.Errorf("read layout: %w", err)
	}
	used := it.First()
	if err := it.Close(); err != nil {
		return fmt.Errorf("read layout: %w", err)
	}
	if used {
		return ErrNotBooks
	}
	if s.opts.ReadOnly {
		return nil
	}
	return s.setLayout()
}

// setLayout writes that the folder is laid out as this release does it.
func (s *Store) setLayout() error {
	if err := s.db.Set(keyFormat, appendLayout(nil, layoutVersion), pebble.Sync); err != nil {
		return fmt.Errorf("write layout: %w", err)
	}
	return nil
}

func (s *Store) loadAccounts() error {
	return scan(s.db, []byte{prefixAccount}, func(key, data []byte) error {
		account, err := decode(key, data, readAccount)
		if err == nil {
			s.accounts.put(&account)
		}
		return err
	})
}

func (s *Store) loadHolds() error {
	return scan(s.db, []byte{prefixOpen}, func(key, data []byte) error {
		h, err := decode(key, data, readHold)
		if err == nil {
			s.holds.change(&holdChange{h.Account, h.ID, string(data)})
		}
		return err
	})
}

func (s *Store) loadJobs() error {
	return scan(s.db, []byte{prefixJob}, func(key, data []byte) error {
		job, err := decode(key, data, readJob)
		if err == nil {
			s.jobs.put(job)
		}
		return err
	})
}
