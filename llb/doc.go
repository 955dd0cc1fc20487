// Package llb turns a plan into LLB: the vertices that fetch, compile and lay out an image. It sees the plan and the states
// that the frontend made of the user's input, never the configuration or a client; the same plan gives the same definition.
//
// Read it in the order of the data: toolchain, modules, analyze, deps, compile, rootfs; graph puts them together, host says
// how every step runs, and names what a user sees of it.
//
// Every mount that a step reads is read-only, so BuildKit keys it by content: a vertex whose inputs are the same bytes stays
// cached, also when the vertex before it ran again.
package llb
