export default { name: 'j', runs: [ };
