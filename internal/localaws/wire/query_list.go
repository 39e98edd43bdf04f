package wire

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// list reads BASE.1, BASE.2 and so on.
func (f *formReader) list(base string, target reflect.Value) error {
	members, err := f.members(base, "")
	if err != nil {
		return err
	}
	for _, name := range members {
		item := reflect.New(target.Type().Elem()).Elem()
		if err := f.value(name, item); err != nil {
			return err
		}
		target.Set(reflect.Append(target, item))
	}
	return nil
}

// dictionary reads BASE.1.key and BASE.1.value and so on; the two may also be called Name (or Key) and Value, as SNS's
// message attributes are and all of SQS's.
func (f *formReader) dictionary(base, key string, target reflect.Value) error {
	members, err := f.members(base, key)
	if err != nil || len(members) == 0 {
		return err
	}
	filled := reflect.MakeMapWithSize(target.Type(), len(members))
	for _, name := range members {
		entry := reflect.New(target.Type().Key()).Elem()
		if err := f.value(f.firstOf(name, "key", "Name", "Key"), entry); err != nil {
			return err
		}
		value := reflect.New(target.Type().Elem()).Elem()
		if err := f.value(f.firstOf(name, "value", "Value"), value); err != nil {
			return err
		}
		filled.SetMapIndex(entry, value)
	}
	target.Set(filled)
	return nil
}

// firstOf returns the first of the names under base for which something is given, else the last.
func (f *formReader) firstOf(base string, names ...string) string {
	for _, name := range names[:len(names)-1] {
		if f.has(base + "." + name) {
			return base + "." + name
		}
	}
	return base + "." + names[len(names)-1]
}

// members returns what the names of the members begin with, in order. Flattened fields with one member may go without
// a number (AttributeName=All, Attribute.Name=DelaySeconds), as AWS's own examples have it; key is the name of a map's
// keys. A list with gaps is refused.
func (f *formReader) members(base, key string) ([]string, error) {
	if f.dialect.item != nil {
		alone := base
		if key != "" {
			alone += "." + key
		}
		if f.values.Get(alone) != "" {
			return []string{base}, nil
		}
	}
	var members []string
	for {
		name := base + "." + strconv.Itoa(len(members)+1)
		if !f.has(name) {
			return members, f.checkNumbers(base+".", len(members))
		}
		members = append(members, name)
	}
}

// checkNumbers refuses members beyond the first count, which the counting from 1 did not reach.
func (f *formReader) checkNumbers(prefix string, count int) error {
	for _, name := range f.under(prefix) {
		number, _, _ := strings.Cut(name[len(prefix):], ".")
		n, err := strconv.Atoi(number)
		if err != nil || n < 1 || n > count {
			return fmt.Errorf("%s is not a member of a list that is numbered from 1 without gaps", name)
		}
	}
	return nil
}
