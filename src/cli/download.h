/*
 * download.h - runs huis-egress for one model that the user agreed to download.
 */
#ifndef HUIS_CLI_DOWNLOAD_H
#define HUIS_CLI_DOWNLOAD_H

#include "cli/command.h"
#include "huis/error.h"
#include "store/catalogue.h"

/* Fetches from the model's sources in their order until one gives the right bytes; shows progress;
 * on success the model is installed. Finished parts stay for the next try, except after a wrong
 * hash. */
int download_model(const arguments *args, const char *data_directory, const catalogue_model *model,
                   huis_error *err);

#endif
