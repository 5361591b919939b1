// What pst-extractor, a third reader, finds in a file: a line of JSON for each item, by way of the tables of folders.
'use strict'
const { createHash } = require('crypto')
const { join } = require('path')
const { PSTFile } = require(join(__dirname, '..', 'samples', 'package'))

const hash = (text) => createHash('sha256').update(text).digest('hex')

function bytesOf(attachment) {
  const stream = attachment.fileInputStream
  if (!stream) return null
  const bytes = Buffer.alloc(stream.length.toNumber())
  stream.readCompletely(bytes)
  return hash(bytes)
}

function attachmentsOf(item) {
  const found = []
  for (let i = 0; i < item.numberOfAttachments; i++) {
    const attachment = item.getAttachment(i)
    found.push([attachment.longFilename || attachment.filename, bytesOf(attachment)])
  }
  return found
}

function walk(folder, path) {
  if (folder.contentCount > 0) {
    for (let item = folder.getNextChild(); item; item = folder.getNextChild()) {
      console.log(JSON.stringify({
        path, nid: item.descriptorNodeId.toString(), subject: item.subject, body: hash(item.body), html: hash(item.bodyHTML),
        attachments: attachmentsOf(item)
      }))
    }
  }
  if (folder.hasSubfolders) {
    for (const child of folder.getSubFolders()) walk(child, `${path}/${child.displayName}`)
  }
}

walk(new PSTFile(process.argv[2]).getRootFolder(), '')
