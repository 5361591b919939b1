/* The raw Python module: the functions of pstfix.h without their prefix, one typemap per kind
 * of parameter. What comes out of a call is returned, what fails is raised. */
%module(threads="1") pstfix
%nothread; /* the interpreter lock is kept, but in the calls that read or write the file: */
%thread pstfix_open;
%thread pstfix_file_info;
%thread pstfix_check;
%thread pstfix_apply_to;
%thread pstfix_apply_in_place;
%thread pstfix_in_use;
%thread pstfix_undo;
%thread pstfix_verify_libpff;

%{
#include <pstfix/pstfix.h>

static PyObject *error_class;

static void raise_error(const pstfix_error *err)
{
	PyObject *message, *fields, *exception = NULL;

	if (err->status == PSTFIX_ERROR_MEMORY) {
		PyErr_NoMemory();
		return;
	}
	message = PyUnicode_DecodeUTF8(err->message, (Py_ssize_t)strlen(err->message), "replace");
	fields = Py_BuildValue("{sisK}", "status", err->status, "offset", (unsigned long long)err->offset);
	if (message && fields && err->status == PSTFIX_ERROR_IO)
		exception = PyObject_CallFunction(PyExc_OSError, "iO", err->system, message);
	else if (message && fields)
		exception = PyObject_CallFunction(error_class, "O", message);
	if (exception && !PyObject_SetAttrString(exception, "__dict__", fields))
		PyErr_SetObject((PyObject *)Py_TYPE(exception), exception); /* OSError picks a subclass */
	Py_XDECREF(exception);
	Py_XDECREF(fields);
	Py_XDECREF(message);
}

/* A small value of Python's own, where C lends one. */
static PyObject *copied(const void *value, size_t size, swig_type_info *type)
{
	void *copy = malloc(size);

	if (!copy)
		return PyErr_NoMemory();
	return SWIG_NewPointerObj(memcpy(copy, value, size), type, SWIG_POINTER_OWN);
}
%}

%init %{
	error_class = PyErr_NewException("pstfix.Error", PyExc_RuntimeError, NULL);
	Py_XINCREF(error_class);
	if (!error_class || PyModule_AddObject(m, "Error", error_class))
		return NULL;
%}

%include <stdint.i>

/* ---- parameters ------------------------------------------------------------------------ */

%typemap(out) pstfix_status "$result = SWIG_Py_Void();"

%typemap(in, numinputs=0) pstfix_error *err (pstfix_error error) {
	memset(&error, 0, sizeof error);
	$1 = &error;
}
%typemap(argout) pstfix_error *err {
	if (result) {
		Py_CLEAR($result);
		raise_error($1);
		SWIG_fail;
	}
}

%typemap(in, numinputs=0) SWIGTYPE **out ($*1_ltype object) "object = NULL; $1 = &object;"
%typemap(argout) SWIGTYPE **out {
	if (!result) {
		Py_DECREF($result);
		$result = SWIG_NewPointerObj(*$1, $*1_descriptor, SWIG_POINTER_OWN);
	}
}

%typemap(in, numinputs=0) pstfix_info *out (pstfix_info info) "$1 = &info;"
%typemap(argout) pstfix_info *out {
	if (!result) {
		Py_DECREF($result);
		$result = copied($1, sizeof *$1, $1_descriptor);
	}
}

/* These are lent by a report or a plan, which Python may free first. */
%typemap(out) const pstfix_finding *, const pstfix_step *, const pstfix_problem_info *pstfix_problem_at {
	if (!$1) {
		PyErr_SetString(PyExc_IndexError, "index out of range");
		SWIG_fail;
	}
	$result = copied($1, sizeof *$1, $1_descriptor);
}

%typemap(in) const char *path (PyObject *bytes = NULL), const char *source (PyObject *bytes = NULL),
             const char *result (PyObject *bytes = NULL) {
	if (!PyUnicode_FSConverter($input, &bytes))
		SWIG_fail;
	$1 = PyBytes_AS_STRING(bytes);
}
%typemap(freearg) const char *path, const char *source, const char *result "Py_XDECREF(bytes$argnum);"

/* The name that it has if none is given. */
%typemap(in) const char *journal (PyObject *bytes = NULL) {
	if ($input != Py_None && !PyUnicode_FSConverter($input, &bytes))
		SWIG_fail;
	$1 = bytes ? PyBytes_AS_STRING(bytes) : NULL;
}
%typemap(freearg) const char *journal "Py_XDECREF(bytes$argnum);"

/* A sentence: alone where its length is returned, else behind the value. */
%typemap(in, numinputs=0) (char *buffer, size_t size) (char text[1024]),
                          (char *why, size_t why_size) (char text[1024]) {
	text[0] = '\0';
	$1 = text;
	$2 = sizeof text;
}
%typemap(argout) (char *buffer, size_t size) "Py_DECREF($result); $result = SWIG_FromCharPtr($1);"
%typemap(argout) (char *why, size_t why_size) "$result = Py_BuildValue(\"(NN)\", $result, SWIG_FromCharPtr($1));"

/* None is no object, but options may be left out. */
%typemap(check) SWIGTYPE *, const char * {
	if (!$1) {
		PyErr_SetString(PyExc_TypeError, "'$1_name' must not be None");
		SWIG_fail;
	}
}
%typemap(check) const pstfix_options *, const pstfix_apply_options *, const pstfix_in_place_options *, const char *journal ""
%typemap(default) const pstfix_options *options, const pstfix_apply_options *options, const pstfix_in_place_options *options,
                  const char *journal "$1 = NULL;"

%typemap(check) pstfix_problem {
	if (!pstfix_problem_info_of($1)) {
		PyErr_SetString(PyExc_ValueError, "no such problem");
		SWIG_fail;
	}
}

%exception pstfix_report_node_at {
	if (arg2 >= pstfix_report_node_count(arg1)) {
		PyErr_SetString(PyExc_IndexError, "index out of range");
		SWIG_fail;
	}
	$action
}

/* ---- names and types ------------------------------------------------------------------- */

%rename("%(regex:/^(pstfix|PSTFIX)_(.*)/\\2/)s") "";
%rename(File) pstfix_file;
%rename(Info) pstfix_info;
%rename(Options) pstfix_options;
%rename(ProblemInfo) pstfix_problem_info;
%rename(Report) pstfix_report;
%rename(Finding) pstfix_finding;
%rename(Statistics) pstfix_statistics;
%rename(Node) pstfix_node;
%rename(Plan) pstfix_plan;
%rename(Step) pstfix_step;
%rename(ApplyOptions) pstfix_apply_options;
%rename(InPlaceOptions) pstfix_in_place_options;

%constant uint64_t NOWHERE = PSTFIX_NOWHERE;
%ignore PSTFIX_NOWHERE;
%ignore pstfix_error;
%ignore pstfix_file_free;
%ignore pstfix_report_free;
%ignore pstfix_plan_free;
/* Callbacks are not bound yet. */
%ignore pstfix_open_input;
%ignore pstfix_dump;
%ignore pstfix_options::progress;
%ignore pstfix_options::user;
%ignore pstfix_apply_options::accept;
%ignore pstfix_apply_options::user;
%ignore pstfix_in_place_options::journal;
%ignore pstfix_in_place_options::backup;
%ignore pstfix_in_place_options::accept;
%ignore pstfix_in_place_options::user;

%immutable;
%feature("immutable", "0") pstfix_options::threads;
%feature("immutable", "0") pstfix_apply_options::force;
%feature("immutable", "0") pstfix_in_place_options::drops;
%feature("immutable", "0") pstfix_in_place_options::force;

%nodefaultctor;
%feature("nodefaultctor", "0") pstfix_options;
%feature("nodefaultctor", "0") pstfix_apply_options;
%feature("nodefaultctor", "0") pstfix_in_place_options;

/* Methods without a body are the functions of the same name. */
struct pstfix_file {};
%extend pstfix_file {
	~pstfix_file() { pstfix_file_free($self); }
}

struct pstfix_report {};
%extend pstfix_report {
	~pstfix_report() { pstfix_report_free($self); }
	size_t count();
	const pstfix_finding *at(size_t index);
	%pythoncode %{ __len__, __getitem__ = count, at %}
}

struct pstfix_plan {};
%extend pstfix_plan {
	~pstfix_plan() { pstfix_plan_free($self); }
	size_t count();
	const pstfix_step *at(size_t index);
	%pythoncode %{ __len__, __getitem__ = count, at %}
}

%extend pstfix_finding {
	size_t text(char *buffer, size_t size);
}

%include <pstfix/pstfix.h>

%pythoncode %{
Error = _pstfix.Error
for _row in map(problem_at, range(problem_count())):
    globals()[_row.name] = _row.problem
del _row
%}
