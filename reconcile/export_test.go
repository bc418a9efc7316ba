package reconcile

import "iter"

// SetMemory bounds what each sorter of a matching may hold, in bytes.
func SetMemory(o *Options, bytes int) { o.memory = bytes }

// Sorter is a sorter.
type Sorter struct{ s *sorter }

// NewSorter returns a sorter with a bound on what it holds.
func NewSorter(dir string, memory int) Sorter { return Sorter{&sorter{dir: dir, memory: memory}} }

// Add takes in a pair.
func (s Sorter) Add(key, value []byte) error { return s.s.add(key, value) }

// Close gives back what it holds.
func (s Sorter) Close() error { return s.s.close() }

// All yields the pairs in order.
func (s Sorter) All() iter.Seq2[[]byte, []byte] {
	return func(yield func(key, value []byte) bool) {
		for p, err := range s.s.all() {
			if err != nil {
				panic(err)
			}
			if !yield(p.key, p.value) {
				return
			}
		}
	}
}

// ParseAmount reads an amount, and shows it or what is wrong with it.
func ParseAmount(text string, sign byte) string {
	amount, err := parseAmount(text, decimal(sign))
	if err != nil {
		return err.Error()
	}
	return amount.String()
}
