package localaws

import (
	"iter"
	"time"
)

// savedTable is a table: what it has by ARN, and what was deleted of late, oldest first.
type savedTable[M any] struct {
	Rows   map[string]M
	Graves []savedGrave
}

// savedGrave is a deleted resource that is remembered, e.g. because a queue's name is held back.
type savedGrave struct {
	ARN string
	At  time.Time
}

func saveTable[T, M any](t *table[T], save func(*T) M) savedTable[M] {
	saved := savedTable[M]{Rows: saveMap(t.after("", "", false), save)}
	for _, g := range t.graves {
		if at, deleted := t.deletedAt(g.key); deleted && at.Equal(g.at) {
			saved.Graves = append(saved.Graves, savedGrave{g.key, g.at})
		}
	}
	return saved
}

// restoreTable fills an empty table. Lagging reads see what was saved until it is written again.
func restoreTable[T, M any](t *table[T], saved savedTable[M], restore func(M, string) *T) {
	for arn, row := range saved.Rows {
		value := restore(row, arn)
		t.put(arn, value)
		t.rows[arn].history = history[T]{{value: value}, {value: value}}
	}
	for _, g := range saved.Graves {
		t.put(g.ARN, nil)
		t.rows[g.ARN].history, t.rows[g.ARN].deleted = history[T]{{}}, g.At
		t.graves = append(t.graves, grave{g.ARN, g.At})
	}
}

// saveMap saves each value.
func saveMap[T, M any](all iter.Seq2[string, T], save func(T) M) map[string]M {
	saved := map[string]M{}
	for key, value := range all {
		saved[key] = save(value)
	}
	return saved
}
