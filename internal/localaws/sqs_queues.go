package localaws

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// queueNameHold is how long the name of a deleted queue stays taken,
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html.
const queueNameHold = 60 * time.Second

// queue is one version of a queue's settings; its messages are in the backlog of the same ARN.
type queue struct {
	arn, region, account, name string
	fifo                       bool
	// attributes are the settings that hold, in AWS's own form; what is absent on AWS is absent here.
	attributes map[string]string
	// tags are nil on a queue that never had one.
	tags              map[string]string
	created, modified time.Time
}

func (q *queue) clone() *queue {
	next := *q
	next.attributes, next.tags = maps.Clone(q.attributes), maps.Clone(q.tags)
	return &next
}

// queueRef is the part of an input that names a queue by URL.
type queueRef struct {
	QueueURL string `json:"QueueUrl"`
}

func (r queueRef) resource(rq *request) string {
	account, name, _ := r.split(rq)
	return scopePrefix(serviceSQS, rq.region, account) + name
}

// split returns account and name of the queue. AWS looks at the path only, and takes a bare name for a queue of the
// caller (recorded case test_set_empty_redrive_policy/set_queue_attributes-ok-2).
func (r queueRef) split(rq *request) (account, name string, ok bool) {
	parts := strings.Split(strings.TrimRight(r.QueueURL, "/"), "/")
	name = parts[len(parts)-1]
	if len(parts) == 1 {
		return rq.caller.account, name, name != ""
	}
	account = parts[len(parts)-2]
	return account, name, isAccountID(account) && name != ""
}

// access says who may call an operation on a queue.
type access bool

// Operations of the first kind cannot be granted to other accounts by a queue policy, see
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html.
const (
	ownerOnly access = false
	grantable access = true
)

// queue finds the queue that an operation names, for a caller who may use it.
func (s *Server) queue(rq *request, ref queueRef, who access) (*queue, error) {
	if ref.QueueURL == "" {
		return nil, missingParameter("QueueUrl")
	}
	account, name, ok := ref.split(rq)
	if !ok {
		return nil, sqsError("InvalidAddress", "The address %s is not valid for this endpoint.", ref.QueueURL)
	}
	q := s.queues.get(scopePrefix(serviceSQS, rq.region, account)+name, rq.stale)
	if q == nil {
		return nil, noQueue()
	}
	if err := s.mayUseQueue(rq, q, who); err != nil {
		return q, err
	}
	if b := s.backlogs[q.arn]; b != nil { // a queue that a stale read still shows has none
		b.advance(rq.now)
		b.meter.touch(rq.now)
	}
	return q, nil
}

// queueURL returns the URL that the caller is given for a queue.
func (rq *request) queueURL(q *queue) string {
	return rq.baseURL(serviceSQS, q.region) + "/" + q.account + "/" + q.name
}

type createQueueInput struct {
	QueueName  string
	Attributes map[string]string
	Tags       map[string]string `json:"tags"`
}

func (in createQueueInput) resource(rq *request) string {
	return scopePrefix(serviceSQS, rq.region, rq.caller.account) + in.QueueName
}

type queueURLOutput struct {
	QueueURL string `json:"QueueUrl"`
}

// createQueue makes a queue, or returns the one that has every attribute given: attributes that are not sent are not
// compared (recorded cases test_create_queue_with_different_attributes_raises_exception and neighbours), tags neither
// unless WithQueueTagComparison says so.
func (s *Server) createQueue(rq *request, in *createQueueInput) (*queueURLOutput, error) {
	fifo := strings.EqualFold(in.Attributes["FifoQueue"], "true")
	if err := checkQueueName(in.QueueName, fifo); err != nil {
		return nil, err
	}
	if err := checkQueueTags(in.QueueName, in.Tags, nil); err != nil {
		return nil, err
	}
	wanted := newQueue(rq, in.QueueName, fifo)
	if err := s.applyQueueAttributes(wanted, in.Attributes, true); err != nil {
		return nil, err
	}
	if have := s.queues.get(wanted.arn, false); have != nil {
		return s.sameQueue(rq, wanted, have, in)
	}
	if at, deleted := s.queues.deletedAt(wanted.arn); deleted && rq.now.Sub(at) < queueNameHold {
		return nil, sqsError(codeQueueDeleted,
			"You must wait 60 seconds after deleting a queue before you can create another with the same name.")
	}
	if len(in.Tags) > 0 {
		wanted.tags = maps.Clone(in.Tags)
	}
	s.queues.put(wanted.arn, wanted)
	s.backlogs[wanted.arn] = newBacklog(wanted, &s.backlogBytes)
	return &queueURLOutput{QueueURL: rq.queueURL(wanted)}, nil
}

// sameQueue compares a CreateQueue with the queue that has the name.
func (s *Server) sameQueue(rq *request, wanted, have *queue, in *createQueueInput) (*queueURLOutput, error) {
	const differs = "A queue already exists with the same name and a different value for %s %s"
	for _, name := range slices.Sorted(maps.Keys(in.Attributes)) {
		if !sameSetting(name, wanted.attributes[name], have.attributes[name]) {
			return nil, sqsError("QueueAlreadyExists", differs, "attribute", name)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(in.Tags)) {
		if value, tagged := have.tags[key]; s.compareQueueTags && (!tagged || value != in.Tags[key]) {
			return nil, sqsError("QueueAlreadyExists", differs, "tag", key)
		}
	}
	return &queueURLOutput{QueueURL: rq.queueURL(have)}, nil
}

func newQueue(rq *request, name string, fifo bool) *queue {
	return &queue{
		arn:    scopePrefix(serviceSQS, rq.region, rq.caller.account) + name,
		region: rq.region, account: rq.caller.account, name: name, fifo: fifo,
		attributes: defaultQueueAttributes(fifo), created: rq.now, modified: rq.now,
	}
}

// checkQueueName: recorded cases test_fifo_queue_requires_suffix, test_standard_queue_cannot_have_fifo_suffix and
// test_disallow_queue_name_with_slashes.
func checkQueueName(name string, fifo bool) error {
	if name == "" {
		return sqsError("InvalidParameterValue", "Queue name cannot be empty")
	}
	if fifo {
		base, suffixed := strings.CutSuffix(name, fifoSuffix)
		if !suffixed || len(name) > 80 || !validName(base, 80) {
			return sqsError("InvalidParameterValue", "The name of a FIFO queue can only include alphanumeric characters, "+
				"hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in length.")
		}
		return nil
	}
	if !validName(name, 80) {
		return sqsError("InvalidParameterValue",
			"Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length")
	}
	return nil
}

func (s *Server) deleteQueue(rq *request, in *queueRef) (*nothing, error) {
	q, err := s.queue(rq, *in, ownerOnly)
	if err != nil {
		return nil, err
	}
	s.queues.remove(q.arn, rq.now)
	s.backlogs[q.arn].clear()
	delete(s.backlogs, q.arn)
	s.moves.forget(q.arn)
	return &nothing{}, nil
}

type getQueueURLInput struct {
	QueueName  string
	QueueOwner string `json:"QueueOwnerAWSAccountId"`
}

func (in getQueueURLInput) ref(rq *request) queueRef {
	owner := in.QueueOwner
	if owner == "" {
		owner = rq.caller.account
	}
	return queueRef{QueueURL: owner + "/" + in.QueueName}
}

func (in getQueueURLInput) resource(rq *request) string { return in.ref(rq).resource(rq) }

func (s *Server) getQueueURL(rq *request, in *getQueueURLInput) (*queueURLOutput, error) {
	if in.QueueName == "" {
		return nil, sqsError("InvalidParameterValue",
			"Value for parameter QueueName is invalid. Reason: Must specify a queue name.")
	}
	q, err := s.queue(rq, in.ref(rq), grantable)
	if err != nil {
		return nil, err
	}
	return &queueURLOutput{QueueURL: rq.queueURL(q)}, nil
}
