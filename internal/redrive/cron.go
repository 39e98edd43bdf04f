// Package redrive decides what a Redrive, and a schedule of them, does next: pure functions.
package redrive

import (
	"fmt"
	"time"

	"github.com/robfig/cron/v3"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Times are the moments that a schedule names in its time zone. Each local time comes exactly once in a year, whatever the clocks do:
//
//   - A time that the clocks skip is due at the moment when they go forward: 02:30 in Asia/Jerusalem on 27 March 2026 is 03:00, as is every other time of the
//     hour that there is not. The cron library would leave that day out.
//   - A time that comes twice, when the clocks go back, is due at its first occurrence. The library would name it twice.
//   - A schedule of every hour means the time that passes rather than a time of the day. It goes on through both hours that have the same name, and
//     does not stop for one.
type Times struct {
	// wall knows the times on a clock that is never put forward or back: UTC, or a zone between two changes.
	wall   cron.Schedule
	hourly bool
	zone   *time.Location
}

// fields of a schedule: five, without the library's @daily, @every and TZ=, which the API does not have.
const fields = cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow

// Parse reads a schedule in its time zone. The error names the field.
func Parse(s v1alpha1.RedriveSchedule) (Times, error) {
	zone := time.UTC
	if s.TimeZone != "" {
		var err error
		if zone, err = time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "Local" {
			return Times{}, fmt.Errorf("deadLetter.redrive.timeZone: %q is not in the IANA data base: use a name such as Asia/Jerusalem or UTC", s.TimeZone)
		}
	}
	wall, err := cron.NewParser(fields).Parse(s.Schedule)
	if err != nil {
		return Times{}, fmt.Errorf("deadLetter.redrive.schedule: %q: %w; write minute, hour, day of month, month and day of week (0 to 6), such as 0 23 * * 0-4", s.Schedule, err)
	}
	if wall.Next(time.Unix(0, 0).UTC()).IsZero() {
		return Times{}, fmt.Errorf("deadLetter.redrive.schedule: %q names a day that never comes; correct day of month and month", s.Schedule)
	}
	const everyHour = 1<<24 - 1
	spec, ok := wall.(*cron.SpecSchedule)
	return Times{wall: wall, hourly: ok && spec.Hour&everyHour == everyHour, zone: zone}, nil
}

// Next is the first moment after one, in UTC; zero where there is none in five years.
func (t Times) Next(after time.Time) time.Time {
	if t.hourly {
		return t.nextPassing(after)
	}
	// No local time up to the one of after is due later than that, for moment never goes back; but one that has come a second time was due before.
	for local := t.wall.Next(t.local(after)); !local.IsZero(); local = t.wall.Next(local) {
		if at := t.moment(local); at.After(after) {
			return at
		}
	}
	return time.Time{}
}

// nextPassing is Next of a schedule of every hour: from one change of the clocks to the next, on a clock that does not change.
func (t Times) nextPassing(after time.Time) time.Time {
	for from, in := after, after.In(t.zone); ; {
		_, offset := in.Zone()
		ahead := time.Duration(offset) * time.Second
		next := t.wall.Next(from.UTC().Add(ahead))
		if next.IsZero() {
			return next
		}
		next = next.Add(-ahead)
		_, end := in.ZoneBounds()
		if end.IsZero() || next.Before(end) {
			return next
		}
		from, in = end.Add(-time.Second), end.In(t.zone)
	}
}

// local is what the clocks of the zone show at a moment, as if it were UTC.
func (t Times) local(at time.Time) time.Time {
	_, offset := at.In(t.zone).Zone()
	return at.UTC().Add(time.Duration(offset) * time.Second)
}

// moment is when the clocks of the zone first show a time; where they skip it, when they go forward.
func (t Times) moment(local time.Time) time.Time {
	at := time.Date(local.Year(), local.Month(), local.Day(), local.Hour(), local.Minute(), local.Second(), 0, t.zone)
	start, end := at.ZoneBounds()
	switch shown := t.local(at); {
	case shown.After(local):
		return start.UTC()
	case shown.Before(local):
		return end.UTC()
	case start.IsZero():
		return at.UTC()
	}
	_, offset := start.Add(-time.Second).In(t.zone).Zone()
	if earlier := local.Add(-time.Duration(offset) * time.Second); earlier.Before(start) {
		return earlier.UTC()
	}
	return at.UTC()
}
