package topology

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/skein-dev/skein/api/v1alpha1"
)

// Inventory is what Skein set last: one row a resource, kept in the object's status.
type Inventory []Row

// Row is what Skein set last on one resource.
type Row struct {
	Kind Kind
	// Key as in Resource.
	Key string
	// ARN, Name, URL, TopicARN and Endpoint as in Resource.
	ARN, Name, URL, TopicARN, Endpoint string
	// Region of the calls.
	Region string
	State  v1alpha1.ResourceState
	// Fields holds a Hash a field; empty where a failed call may have set it.
	Fields map[string]string
	// Kept holds values found at adoption that stay while the spec does not say the field.
	Kept map[string]string
	// AppliedAt is when AWS was last changed; zero before.
	AppliedAt time.Time
}

// Taken says that the resource has been this object's: it was set here, or found as wanted and put on record.
func (r Row) Taken() bool {
	for _, hash := range r.Fields {
		if hash != "" {
			return true
		}
	}
	return !r.AppliedAt.IsZero()
}

// Hash is the short form in which the inventory remembers a value.
func Hash(value string) string {
	sum := sha256.Sum256([]byte(value))
	return hex.EncodeToString(sum[:4])
}

// Find gives the row of a key.
func (inv Inventory) Find(key string) (Row, bool) {
	i := slices.IndexFunc(inv, func(r Row) bool { return r.Key == key })
	if i < 0 {
		return Row{}, false
	}
	return inv[i], true
}

// ReadInventory turns status rows into an Inventory. The endpoint is the ARN of the object's main queue, to which its subscriptions go.
// Rows that cannot be read (an ARN that is none) are left out of it.
func ReadInventory(rows []v1alpha1.ResourceStatus, endpoint string) Inventory {
	var inv Inventory
	for _, s := range rows {
		kind, name, _ := strings.Cut(s.Resource, "/")
		row := Row{Kind: Kind(kind), Key: s.ARN, ARN: s.ARN, Name: name, URL: s.URL, State: s.State, Fields: s.Fields, Kept: s.Kept}
		if s.AppliedAt != nil {
			row.AppliedAt = s.AppliedAt.Time
		}
		from := s.ARN
		if row.Kind == KindSubscription {
			from = name
			row.TopicARN, row.Endpoint, row.Key = name, endpoint, SubscriptionKey(name, endpoint)
		}
		a, err := arn.Parse(from)
		if err != nil {
			continue
		}
		row.Region = a.Region
		if row.Kind == KindSubscription {
			row.Name = a.Resource
		}
		inv = append(inv, row)
	}
	return inv
}

// Status turns the inventory into status rows, sorted by key.
func (inv Inventory) Status() []v1alpha1.ResourceStatus {
	inv = slices.Clone(inv)
	slices.SortFunc(inv, func(a, b Row) int { return strings.Compare(string(a.Kind)+a.Key, string(b.Kind)+b.Key) })
	var rows []v1alpha1.ResourceStatus
	for _, r := range inv {
		s := v1alpha1.ResourceStatus{Resource: string(r.Kind) + "/" + r.Name, ARN: r.ARN, URL: r.URL, State: r.State, Fields: r.Fields, Kept: r.Kept}
		if r.Kind == KindSubscription {
			s.Resource = string(r.Kind) + "/" + r.TopicARN
		}
		if !r.AppliedAt.IsZero() {
			t := metav1.NewTime(r.AppliedAt)
			s.AppliedAt = &t
		}
		rows = append(rows, s)
	}
	return rows
}

// Resource gives the identity of the row's resource, to observe or delete it.
func (r Row) Resource() Resource {
	return Resource{Kind: r.Kind, Key: r.Key, ARN: r.ARN, Name: r.Name, Region: r.Region, URL: r.URL, TopicARN: r.TopicARN, Endpoint: r.Endpoint}
}
