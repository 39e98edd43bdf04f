package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/skein-dev/skein/api/v1alpha1"
	"github.com/skein-dev/skein/hack/demo/internal/samples"
	"github.com/skein-dev/skein/hack/demo/internal/show"
	"github.com/skein-dev/skein/internal/testenv"
)

// kubectl runs the control plane's kubectl as the cluster's administrator and returns what it printed.
func (d *demo) kubectl(ctx context.Context, input []byte, args ...string) (string, error) {
	program, err := testenv.Program("kubectl")
	if err != nil {
		return "", err
	}
	command := exec.CommandContext(ctx, program, append(args, "--kubeconfig="+d.env.Kubeconfig, "--cache-dir="+d.path("kubectl-cache"))...)
	command.Env = environment()
	command.Stdin = bytes.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		return string(output), fmt.Errorf("running kubectl %s: %w\n%s", show.Quote(args), err, output)
	}
	return string(output), nil
}

// showKubectl runs kubectl and shows the command and its output.
func (d *demo) showKubectl(ctx context.Context, args ...string) error {
	d.out.Command(append([]string{"kubectl"}, args...)...)
	output, err := d.kubectl(ctx, nil, args...)
	if err == nil {
		d.out.Output(output)
	}
	return err
}

// consumer reads one of the sample's ConsumerQueues.
func (d *demo) consumer(ctx context.Context, name string) (*v1alpha1.ConsumerQueue, error) {
	cq := &v1alpha1.ConsumerQueue{}
	err := d.env.Client.Get(ctx, client.ObjectKey{Namespace: samples.Namespace, Name: name}, cq)
	return cq, err
}

// readiness is what an object of Skein says of itself.
type readiness struct {
	ready           bool
	reason, message string
}

func (r readiness) String() string {
	if r.ready {
		return "ready"
	}
	return fmt.Sprintf("not ready, %s: %s", r.reason, r.message)
}

// readyOf reads the condition Ready; one of an older generation is none.
func readyOf(conditions []metav1.Condition, generation int64) readiness {
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	if c == nil || c.ObservedGeneration != generation {
		return readiness{reason: v1alpha1.ReasonPending, message: "no condition Ready of this generation yet"}
	}
	return readiness{ready: c.Status == metav1.ConditionTrue, reason: c.Reason, message: c.Message}
}

// allReadiness reads all objects of Skein, by kind and name.
func (d *demo) allReadiness(ctx context.Context) (map[string]readiness, error) {
	var accounts v1alpha1.AWSAccountList
	var topologies v1alpha1.MessagingTopologyList
	var consumers v1alpha1.ConsumerQueueList
	for _, list := range []client.ObjectList{&accounts, &topologies, &consumers} {
		if err := d.env.Client.List(ctx, list); err != nil {
			return nil, fmt.Errorf("listing Skein's objects: %w", err)
		}
	}
	out := map[string]readiness{}
	for _, o := range accounts.Items {
		out[samples.ID(samples.KindAccount, "", o.Name)] = readyOf(o.Status.Conditions, o.Generation)
	}
	for _, o := range topologies.Items {
		r := readyOf(o.Status.Conditions, o.Generation)
		if c := o.Status.Consumers; r.ready && c != nil && c.Ready < c.Total {
			r = readiness{reason: v1alpha1.ReasonConsumersNotReady, message: fmt.Sprintf("%d of %d consumers are ready", c.Ready, c.Total)}
		}
		out[samples.ID(samples.KindTopology, o.Namespace, o.Name)] = r
	}
	for _, o := range consumers.Items {
		out[samples.ID(samples.KindConsumer, o.Namespace, o.Name)] = readyOf(o.Status.Conditions, o.Generation)
	}
	return out, nil
}

// allowed asks the apiserver whether the operator may do something.
func (d *demo) allowed(ctx context.Context, verb, resource, namespace string) (string, error) {
	args := []string{"auth", "can-i", verb, resource, "--namespace=" + namespace, "--as=system:serviceaccount:" + operatorNamespace + ":" + operatorAccount}
	d.out.Command(append([]string{"kubectl"}, args...)...)
	output, err := d.kubectl(ctx, nil, args...)
	answer := strings.TrimSpace(output)
	if answer != "no" && err != nil { // a "no" is the status 1
		return "", err
	}
	d.out.Output(answer)
	return answer, nil
}

func gone(err error) bool { return apierrors.IsNotFound(err) }
