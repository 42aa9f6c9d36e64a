/* The one place that says which Sluice this is. Contracts carry versions of their own. */
#ifndef SLUICE_VERSION_H
#define SLUICE_VERSION_H

#define SL_VERSION "0.1.0"

#endif
